import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD } from '../../src/contract/thread.ts';
import { VERDICT } from '../../src/contract/verdict.ts';
import { rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

test('a lone record leaves at once', () => {
  const rig = new Rig();
  rig.assign().admit(rowOf(0, 1));
  assert.deepEqual(rig.offsets, [0]);
});

test('partitions take turns, whatever one of them has waiting', () => {
  const rig = new Rig({}, [4]);
  const [first, second] = [rig.assign(0), rig.assign(1)];
  first.admit(rowOf(0, 1_000));
  second.admit(rowOf(5_000, 1_000));
  for (let i = 0; i < 40; i++) {
    rig.clock.advance(1);
    for (const offset of rig.offsets) rig.back(offset);
  }
  const [a, b] = [first, second].map((epoch) => Number(epoch.watermark % 5_000n));
  assert(a !== undefined && b !== undefined);
  assert(Math.abs(a - b) <= 0.2 * (a + b), `${a} and ${b} records`);
});

test('a thread holds no more than its window', () => {
  const rig = new Rig({}, [3, 2]);
  rig.assign().admit(rowOf(0, 100));
  assert.equal(rig.held.length, 5);
});

test('nothing is handed out while too many outputs wait for the broker, and everything after', () => {
  const rig = new Rig();
  rig.isFull = true;
  rig.assign().admit(rowOf(0, 3));
  assert.deepEqual(rig.offsets, []);
  rig.isFull = false;
  rig.flow.turn();
  assert.deepEqual(rig.offsets, [0, 1, 2]);
});

describe('a record that is suspected of killing its thread', () => {
  /** Two threads; 0 and 1 ran together on the first one when it died, 2 and 3 are on the other. */
  const suspected = () => {
    const rig = new Rig({ ordering: 'none' }, [2, 2]);
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 10));
    const doomed = rig.held[0]?.chunk.thread as number;
    const there = rig.held
      .filter(({ chunk }) => chunk.thread === doomed)
      .map(({ offset }) => offset);
    const elsewhere = rig.offsets.filter((offset) => !there.includes(offset));
    rig.die(doomed, there);
    return { rig, epoch, doomed, there, elsewhere };
  };

  test('waits until a thread has nothing else, and that thread gets nothing else', () => {
    const { rig, there, elsewhere } = suspected();
    assert.deepEqual(rig.offsets, elsewhere, 'the other thread is kept free');
    rig.back(elsewhere[0] as number);
    assert.deepEqual(rig.offsets, elsewhere.slice(1));
    rig.back(elsewhere[1] as number);
    assert.deepEqual(rig.offsets, there.slice(0, 1));
  });

  test('is followed by the next suspect, then by all others', () => {
    const { rig, there, elsewhere } = suspected();
    for (const offset of elsewhere) rig.back(offset);
    rig.back(there[0] as number);
    assert.deepEqual(rig.offsets, there.slice(1));
    rig.back(there[1] as number);
    assert.equal(rig.offsets.length, 2, 'the thread is used in full again');
  });

  test('is not charged for the death', () => {
    const { rig, there, elsewhere } = suspected();
    for (const offset of elsewhere) rig.back(offset);
    assert.deepEqual(
      rig.held.map(({ offset, attempt }) => [offset, attempt]),
      [[there[0], 1]],
    );
  });

  test('leaves the other threads to their work', () => {
    const { rig, doomed, elsewhere } = suspected();
    rig.flow.threadUp(doomed);
    assert(rig.holders.includes(doomed), 'the new thread is used');
    for (const offset of elsewhere) rig.back(offset);
    assert(rig.held.length >= 3);
  });

  test('stays suspected when it comes back unrun', () => {
    const { rig, there, elsewhere } = suspected();
    for (const offset of elsewhere) rig.back(offset);
    rig.back(there[0] as number, VERDICT.notRun);
    assert.equal(rig.held.length, 1);
    assert.equal(rig.chunks.at(-1)?.runs[0]?.isSolo, true);
  });

  test('is forgotten with its partition, and the thread that was kept is free', () => {
    const { rig, epoch, elsewhere } = suspected();
    epoch.close();
    rig.assign(1).admit(rowOf(100, 5));
    for (const offset of elsewhere) rig.back(offset);
    assert.deepEqual(rig.offsets, [100, 101]);
  });

  test('waits while its partition takes stock for a revocation, and runs if it fills a gap', async () => {
    const { rig, epoch, there, elsewhere } = suspected();
    const drained = epoch.drain(1_000, 0, 'revoked');
    for (const offset of elsewhere) rig.back(offset);
    assert.deepEqual(
      rig.offsets,
      [],
      'not before the threads have given back what they had not started',
    );
    for (const resolve of rig.recalls) resolve();
    await new Promise(setImmediate);
    assert.deepEqual(rig.offsets, there.slice(0, 1));
    for (const offset of there) rig.back(offset);
    assert.deepEqual(await drained, { open: 0, to: 4n });
  });
});

test('a record that must run again before one that killed a thread runs alone too', () => {
  const rig = new Rig({ ordering: 'partition' }, [4]);
  rig.assign().admit(rowOf(0, 4));
  // The first was handled, but what the thread said of it is lost; the second took the thread down.
  const states = [RECORD.told, RECORD.running, RECORD.waiting, RECORD.waiting];
  const orphans = rig.held.splice(0).map(({ chunk, place }, i) => {
    return { chunk, place, state: states[i] as number, isOverdue: false };
  });
  rig.flow.threadDied(0, 'exit', 'gone', orphans, 1);
  rig.flow.threadUp(0);
  assert.deepEqual(rig.offsets, [], 'the key waits for the backoff');
  rig.clock.advance(200);
  assert.deepEqual(rig.offsets, [0]);
  rig.back(0);
  assert.deepEqual(
    rig.held.map(({ offset, attempt }) => [offset, attempt]),
    [[1, 2]],
  );
  rig.back(1);
  assert.deepEqual(rig.offsets, [2, 3], 'what is behind it does not');
});

describe('a thread for a record that runs alone, when other pipelines share it', () => {
  /** One thread; the first record took it down while alone there, so it is a suspect. */
  const suspect = () => {
    const rig = new Rig({}, [4]);
    rig.assign().admit(rowOf(0, 1));
    rig.die(0, [0]);
    return rig;
  };

  test('is claimed, and used only when they have left it', () => {
    const rig = suspect();
    rig.isYielding = false;
    rig.flow.threadUp(0);
    rig.clock.advance(200);
    assert.deepEqual(rig.offsets, []);
    assert.equal(rig.claims.at(-1), 'claim 0');
    rig.isYielding = true;
    rig.flow.turn();
    assert.deepEqual(rig.offsets, [0]);
    rig.back(0);
    assert.equal(rig.claims.at(-1), 'unclaim 0');
  });

  test('is given back when it dies', () => {
    const rig = suspect();
    rig.flow.threadUp(0);
    rig.clock.advance(200);
    rig.die(0, [0]);
    assert.equal(rig.claims.at(-1), 'unclaim 0');
  });

  test('gets nothing while another pipeline has it', () => {
    const rig = new Rig({}, [4]);
    rig.flow.threadClaimed(0, true);
    rig.assign().admit(rowOf(0, 2));
    assert.deepEqual(rig.offsets, []);
    rig.flow.threadClaimed(0, false);
    assert.deepEqual(rig.offsets, [0, 1]);
  });

  test('is not asked for while another pipeline has it', () => {
    const rig = suspect();
    rig.flow.threadClaimed(0, true);
    rig.flow.threadUp(0);
    rig.clock.advance(200);
    assert.deepEqual([rig.offsets, rig.claims], [[], []]);
    rig.flow.threadClaimed(0, false);
    assert.deepEqual(rig.offsets, [0]);
  });
});

test('a record that was the only one of its pipeline in a thread is not the culprit when others ran beside it', () => {
  const rig = new Rig({}, [4]);
  rig.assign().admit(rowOf(0, 1));
  rig.runningElsewhere = 1;
  rig.die(0, [0]);
  rig.flow.threadUp(0);
  rig.clock.advance(200);
  assert.deepEqual(
    rig.held.map(({ offset, attempt }) => [offset, attempt]),
    [[0, 1]],
    'it runs again, alone and uncharged',
  );
  assert.equal(rig.chunks.at(-1)?.runs[0]?.isSolo, true);
});
