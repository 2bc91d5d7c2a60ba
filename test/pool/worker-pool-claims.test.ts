import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

const SOURCE = `
  export default (record, { options }) =>
    record.value === 'wait' && Atomics.waitAsync(new Int32Array(options.gate), 0, 0).value;
`;

async function twoPipelines(t: Parameters<typeof PoolHarness.start>[0]) {
  const gate = new Gate();
  const options = { gate: gate.memory };
  const handler = { file: 'handler.mjs', options };
  const harness = await PoolHarness.start(t, {
    files: { 'handler.mjs': SOURCE },
    handlers: [handler, handler],
  });
  return { harness, gate };
}

test('a thread is one pipeline’s only when the records of the others have left it', async (t) => {
  const { harness, gate } = await twoPipelines(t);
  harness.send([{ value: 'wait' }], { pipeline: 1 });
  assert.equal(harness.pool.claim(0, 0), false, 'the other still has a record there');
  assert.equal(harness.pool.claim(1, 0), false, 'one claim a thread');
  gate.open();
  await harness.verdicts(1);
  assert.equal(harness.pool.claim(0, 0), true);
  harness.send([{ value: 'mine' }]);
  await harness.verdicts(2);
  harness.pool.unclaim(0, 0);
  assert.equal(harness.pool.claim(1, 0), true);
});

test('the others hear of the claim and of its end; the owner is called when they have answered', async (t) => {
  const { harness, gate } = await twoPipelines(t);
  harness.send([{ value: 'wait' }], { pipeline: 1 });
  harness.pool.claim(0, 0);
  const turnsBefore = harness.turns[0] ?? 0;
  gate.open();
  await harness.verdicts(1);
  assert.ok((harness.turns[0] as number) > turnsBefore);
  harness.pool.unclaim(0, 0);
  const claims = harness.heard.flatMap((each) => (each.type === 'claimed' ? [each.isClaimed] : []));
  assert.deepEqual(claims, [true, false]);
});
