import type { Dice } from '../support/dice.ts';
import { failureOf } from '../support/pipeline.ts';
import type { Attempt, Plan } from '../support/thread.ts';
import type { Scenario } from './scenario.ts';
import type { Troubles } from './troubles.ts';

/** What the handler does with an attempt: mostly it handles the record; a poisonous record kills its thread each time. */
export function handlerPlan(
  attempt: Attempt,
  { faults, produce }: Scenario,
  troubles: Troubles,
  dice: Dice,
  afterMs: number,
): Plan {
  if (!troubles.isHealed && isPoison(attempt, faults.poison ?? 0)) {
    troubles.count('poison');
    return { type: 'die', afterMs, death: 'heap' };
  }
  if (troubles.ofAttempt('die'))
    return { type: 'die', afterMs, death: dice.pick(['exit', 'crash']) };
  if (troubles.ofAttempt('hang')) return { type: 'hang', afterMs: afterMs + 100 };
  if (troubles.ofAttempt('refuse')) {
    return { type: 'fail', afterMs, failure: failureOf({ mayRetry: false }) };
  }
  if (troubles.ofAttempt('fail')) {
    const delayMs = dice.chance(0.2) ? dice.below(300) : null;
    return { type: 'fail', afterMs, failure: failureOf({ afterMs: delayMs }) };
  }
  if (dice.chance(produce)) {
    return { type: 'produce', afterMs, isRefused: troubles.ofAttempt('rejectOutput') };
  }
  return { type: dice.chance(0.1) ? 'skip' : 'ack', afterMs };
}

function isPoison({ run, at }: Attempt, share: number): boolean {
  const offset = Number(run.block.base) + (run.block.offset[at] as number);
  return (Math.imul(offset + 1, 0x9e3779b1) >>> 0) / 2 ** 32 < share;
}
