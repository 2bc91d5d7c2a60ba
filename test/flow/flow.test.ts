import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { subscribe } from '../../src/contract/signals.ts';
import { VERDICT } from '../../src/contract/verdict.ts';
import { rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';
import type { Scenario } from '../support/scenario.ts';
import { World } from '../support/world.ts';

test('a partition is announced before its records and forgotten when no thread has any', () => {
  const rig = new Rig();
  const epoch = rig.assign(3);
  epoch.admit(rowOf(0, 2));
  epoch.close();
  rig.back(0);
  assert.deepEqual(rig.said, ['announce 3']);
  rig.back(1);
  assert.deepEqual(rig.said, ['announce 3', 'forget 3']);
  rig.assign(4).close();
  assert.deepEqual(rig.said.slice(2), ['announce 4', 'forget 4'], 'at once, if none had');
});

describe('a partition that comes back', () => {
  /** Whether it is free, asked now and told later. */
  const asking = (rig: Rig, partition = 0): { isFree: boolean } => {
    const answer = { isFree: false };
    void rig.flow.whenFree('orders', partition).then(() => {
      answer.isFree = true;
    });
    return answer;
  };

  test('is free when the last record of each earlier epoch has ended', async () => {
    const rig = new Rig();
    for (const start of [0, 10]) {
      const epoch = rig.assign(0, start);
      epoch.admit(rowOf(start, 2));
      epoch.close();
    }
    const answer = asking(rig);
    for (const offset of [0, 1, 10]) rig.back(offset);
    await setImmediate();
    assert.equal(answer.isFree, false);
    rig.fail(11);
    await setImmediate();
    assert.equal(answer.isFree, true);
  });

  test('is free at once when nothing of it runs, whatever others do', async () => {
    const rig = new Rig();
    const epoch = rig.assign(1);
    epoch.admit(rowOf(0, 2));
    epoch.close();
    const answer = asking(rig, 0);
    await setImmediate();
    assert.equal(answer.isFree, true);
  });

  test('is free when the thread that had its records is gone', async () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 2));
    epoch.close();
    const answer = asking(rig);
    rig.die(0, [0]);
    await setImmediate();
    assert.equal(answer.isFree, true);
    assert.equal(rig.flow.inFlight, 0);
  });

  test('starts with a fresh count of attempts', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 1));
    rig.fail(0, { afterMs: 0 });
    epoch.close();
    rig.held.splice(0);
    rig.assign().admit(rowOf(0, 1));
    assert.equal(rig.held[0]?.attempt, 1);
  });

  test('has the records that follow a closed epoch in its own account', () => {
    const rig = new Rig();
    const old = rig.assign();
    old.admit(rowOf(0, 1));
    old.close();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 1));
    const [late] = rig.held;
    assert(late);
    rig.held.shift();
    rig.flow.back(late.chunk, late.place, 1, VERDICT.ack, false);
    assert.equal(epoch.watermark, 0n);
  });
});

describe('threads', () => {
  test('what waits is handed out when one comes up', () => {
    const rig = new Rig({}, [2, 2]);
    for (const thread of [0, 1]) rig.die(thread, []);
    rig.assign().admit(rowOf(0, 2));
    assert.deepEqual(rig.offsets, []);
    rig.flow.threadUp(1);
    assert.deepEqual(rig.holders, [1, 1]);
  });

  test('one that retires gets nothing more, and a key that it holds waits for it', () => {
    const rig = new Rig({}, [2, 2]);
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 1, () => 1));
    const retiring = rig.holders[0] as number;
    rig.flow.threadRetiring(retiring);
    epoch.admit(rowOf(1, 3, (i) => (i === 0 ? 1 : null)));
    assert.deepEqual(rig.offsets, [0, 2, 3]);
    rig.back(0);
    rig.back(2);
    assert.deepEqual(rig.offsets, [3, 1]);
    assert(!rig.holders.includes(retiring));
  });

  test('a death is reported with what it meant for the records', (t) => {
    const seen: unknown[] = [];
    t.after(
      subscribe('thread.died', ({ reason, charged, suspects, innocent }) => {
        seen.push([reason, charged, suspects, innocent]);
      }),
    );
    const rig = new Rig({ ordering: 'none' }, [4]);
    rig.assign().admit(rowOf(0, 100));
    rig.die(0, [0, 1]);
    rig.flow.threadUp(0);
    rig.die(0, [0]);
    rig.flow.threadUp(0);
    assert.deepEqual(seen, [
      ['crash', 0, 2, 2],
      ['crash', 1, 0, 0],
    ]);
  });
});

test('a retry wakes the flow by itself, the earliest first', () => {
  const rig = new Rig({ ordering: 'none' });
  rig.assign().admit(rowOf(0, 3));
  rig.fail(0, { afterMs: 500 });
  rig.fail(1, { afterMs: 100 });
  rig.fail(2, { afterMs: 300 });
  const seen: [number, number[]][] = [];
  while (rig.clock.step()) seen.push([rig.clock.now(), rig.offsets]);
  assert.deepEqual(seen.at(-1), [500, [1, 2, 0]]);
  assert(seen.some(([nowMs, offsets]) => nowMs === 100 && offsets.length === 1));
  assert(seen.some(([nowMs, offsets]) => nowMs === 300 && offsets.length === 2));
});

test('records that always fail do not hold up the others of their partition', () => {
  const rig = new Rig({ maxUncommitted: 100 });
  const epoch = rig.assign();
  epoch.admit(rowOf(0, 100, (i) => i));
  const done = new Set<number>();
  for (let round = 0; round < 60; round++) {
    for (const offset of rig.offsets) {
      if (offset % 10 === 0) rig.fail(offset);
      else {
        rig.back(offset);
        done.add(offset);
      }
    }
    rig.opened();
    rig.clock.advance(10);
  }
  assert.equal(done.size, 90);
});

const share = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constant(0), fc.double({ min: 0, max, noNaN: true }));

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  steps: fc.constant(3_000),
  ordering: fc.constantFrom('key', 'partition', 'none'),
  threads: fc.integer({ min: 1, max: 4 }),
  limit: fc.integer({ min: 1, max: 64 }),
  partitions: fc.integer({ min: 1, max: 4 }),
  maxUncommitted: fc.integer({ min: 1, max: 1_000 }),
  outputsMax: fc.integer({ min: 1, max: 100 }),
  buffer: fc.integer({ min: 10, max: 5_000 }),
  commitMode: fc.constantFrom('interval', 'batch'),
  maxAttempts: fc.nat({ max: 5 }),
  onFailure: fc.constantFrom('halt', 'drop'),
  backoffMs: fc.nat({ max: 30 }),
  jitter: share(1),
  log: fc.record({
    keys: fc.integer({ min: 1, max: 200 }),
    hot: share(1),
    keyless: share(1),
    run: fc.nat({ max: 300 }),
    gaps: share(1),
  }),
  handlerMs: fc.double({ min: 0.01, max: 20, noNaN: true }),
  rates: fc.record({
    fail: share(0.3),
    fatal: share(0.3),
    after: share(1),
    skip: share(0.3),
    produce: share(0.5),
    refuse: share(0.3),
    die: share(0.03),
    hang: share(0.03),
    poison: share(0.01),
    kill: share(0.02),
    revoke: share(0.03),
    lose: share(0.02),
    lostCommit: share(0.5),
  }),
});

test('thousands of random events keep every promise, step by step', async () => {
  const runs = Number(process.env['FLOW_PROPERTY_RUNS'] ?? 100);
  const property = fc.asyncProperty(scenario, (one) => new World(one).run());
  await fc.assert(property, { numRuns: runs, seed: Number(process.env['FLOW_SEED'] ?? 1) });
});
