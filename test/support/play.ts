import type { Dice } from './dice.ts';
import { failureOf } from './pipeline.ts';
import type { Scenario } from './scenario.ts';
import type { Attempt, Plan } from './thread.ts';

/** What the handler of a scenario does with a record: mostly by chance, a poisonous one always the same. */
export function playOf({ rates, handlerMs }: Scenario, dice: Dice, attempt: Attempt): Plan {
  const afterMs = durationOf(handlerMs, dice);
  if (isPoison(attempt, rates.poison)) return { type: 'die', afterMs, death: 'heap' };
  if (dice.chance(rates.die)) return { type: 'die', afterMs, death: dice.pick(['exit', 'crash']) };
  if (dice.chance(rates.hang)) return { type: 'hang', afterMs: afterMs + 20 };
  if (dice.chance(rates.fail)) {
    const delayMs = dice.chance(rates.after) ? dice.below(30) : null;
    const failure = failureOf({ mayRetry: !dice.chance(rates.fatal), afterMs: delayMs });
    return { type: 'fail', afterMs, failure };
  }
  if (dice.chance(rates.produce)) {
    return { type: 'produce', afterMs, isRefused: dice.chance(rates.refuse) };
  }
  return { type: dice.chance(rates.skip) ? 'skip' : 'ack', afterMs };
}

/** Exponentially distributed: mostly short, now and then long. */
export function durationOf(meanMs: number, dice: Dice): number {
  return -Math.log(1 - dice.next()) * meanMs;
}

function isPoison({ run, at }: Attempt, share: number): boolean {
  const offset = Number(run.block.base) + (run.block.offset[at] as number);
  return (Math.imul(offset + 1, 0x9e3779b1) >>> 0) / 2 ** 32 < share;
}
