import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../src/flow/slots.ts';
import { scenarioOf } from '../support/scenario.ts';
import { Counts } from '../support/witness.ts';
import { World } from '../support/world.ts';

const FROM = Number(process.env['FLOW_SEED'] ?? 1);
const RUNS = Number(process.env['FLOW_RUNS'] ?? 2_000);
const STEPS = Number(process.env['FLOW_STEPS'] ?? 250);

test('no fault and no interleaving breaks a promise, loses a record or leaves one behind', async () => {
  const sums = new Counts();
  const slots = countSlots();
  for (let seed = FROM; seed < FROM + RUNS; seed++) {
    const world = new World(scenarioOf(seed, STEPS));
    await world.run().catch((cause: unknown) => {
      const command = `FLOW_SEED=${seed} FLOW_RUNS=1 FLOW_STEPS=${STEPS}`;
      throw new Error(`Seed ${seed} fails; run it alone with ${command}.`, { cause });
    });
    assert.equal(slots.taken, 0, `all slots are idle at the end of seed ${seed}`);
    for (const name of Counts.names) sums[name] += world.counts[name];
  }
  if (RUNS < 2_000) return;
  for (const name of Counts.names)
    assert(sums[name] > 0, `a run in which ${name} is 0 proves nothing`);
});

/** Counts the places that are taken and not given back, over all Slots. */
function countSlots(): { taken: number } {
  const count = { taken: 0 };
  const { take, release } = Slots.prototype;
  Slots.prototype.take = function (slot, thread) {
    count.taken++;
    take.call(this, slot, thread);
  };
  Slots.prototype.release = function (slot) {
    count.taken--;
    release.call(this, slot);
  };
  return count;
}
