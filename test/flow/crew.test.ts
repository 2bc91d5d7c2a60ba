import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Chunk } from '../../src/flow/chunk.ts';
import { Crew, type Hand } from '../../src/flow/crew.ts';
import { Partition } from '../../src/flow/partition.ts';
import { blockOf } from '../support/blocks.ts';

const DEPTH = 16;

/** Threads that are up, a partition with `count` records of `size` bytes, and the chunks that were sent. */
function crewOf(limits: readonly number[], count = 2_000, size = 8) {
  const chunks: Chunk[] = [];
  const crew: Crew = new Crew(limits, {
    send: (chunk) => chunks.push(chunk),
    soloOver: (thread) => {
      (crew.hands[thread] as Hand).isReserved = false;
    },
  });
  for (const hand of crew.hands) hand.isAlive = true;
  const options = { ordering: 'key', maxUncommitted: 1e6 } as const;
  const partition = new Partition(0, 'orders', 0, 0n, 0n, options);
  partition.admit(
    blockOf(Array.from({ length: count }, (_, offset) => ({ offset, key: offset, size }))),
  );
  const held = partition.backlog.find(0);
  return { chunks, crew, partition, held };
}

describe('the thread of a record', () => {
  test('records of a key go to the thread that holds others of it', () => {
    const { crew } = crewOf([4, 4]);
    const first = crew.place(77, DEPTH);
    for (let i = 0; i < 8; i++) crew.place(0, 1);
    assert.equal(crew.place(77, DEPTH), first);
  });

  test('a key without records on a thread goes to the one with the most room', () => {
    const { crew, partition, held } = crewOf([4, 4]);
    for (let at = 0; at < 3; at++) crew.put(crew.place(0, 3), partition, held, at, 1);
    assert.equal(crew.place(77, 3), 1);
  });

  test('a key with too many records on its thread waits', () => {
    const { crew } = crewOf([100, 100]);
    for (let i = 0; i < 3; i++) assert.notEqual(crew.place(77, 3), -1);
    assert.equal(crew.place(77, 3), -1);
  });

  test('a key whose thread takes nothing more waits, though others have room', () => {
    const { crew, partition, held } = crewOf([2, 2]);
    const thread = crew.place(77, DEPTH);
    for (let at = 0; at < 2; at++) crew.put(thread, partition, held, at, 1);
    assert(crew.hasRoom());
    assert.equal(crew.place(77, DEPTH), -1);
  });

  test('a thread that is down, or kept for a record that runs alone, gets none', () => {
    const { crew } = crewOf([4, 4]);
    const [down, kept] = crew.hands;
    assert(down && kept);
    down.isAlive = false;
    for (let i = 0; i < 3; i++) assert.equal(crew.place(i + 1, 1), 1);
    kept.isReserved = true;
    assert.equal(crew.hasRoom(), false);
    assert.equal(crew.place(1, DEPTH), -1);
  });

  test('records that may go anywhere go to one thread for about 2 ms of work, then to the next', () => {
    const { crew, partition, held } = crewOf([100, 100]);
    const threads = Array.from({ length: 12 }, (_, at) => {
      const thread = crew.place(0, 4);
      crew.put(thread, partition, held, at, 1);
      return thread;
    });
    assert.deepEqual(threads, [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
  });
});

describe('chunks', () => {
  test('records are put together until the pass is over', () => {
    const { chunks, crew, partition, held } = crewOf([100]);
    for (let at = 0; at < 5; at++) crew.put(0, partition, held, at, 1);
    assert.equal(chunks.length, 0);
    crew.flush();
    crew.flush();
    assert.deepEqual(
      chunks.map(({ count, bytes }) => [count, bytes]),
      [[5, 40]],
    );
  });

  test('a chunk of 256 records leaves at once', () => {
    const { chunks, crew, partition, held } = crewOf([1_000]);
    for (let at = 0; at < 300; at++) crew.put(0, partition, held, at, 1);
    assert.deepEqual(
      chunks.map(({ count }) => count),
      [256],
    );
  });

  test('a chunk of 256 KiB leaves at once', () => {
    const { chunks, crew, partition, held } = crewOf([1_000], 10, 100_000);
    for (let at = 0; at < 4; at++) crew.put(0, partition, held, at, 1);
    assert.deepEqual(
      chunks.map(({ count }) => count),
      [3],
    );
  });

  test('records in a row are one run, unless their attempts differ', () => {
    const { chunks, crew, partition, held } = crewOf([100]);
    for (const [at, attempt] of [
      [0, 1],
      [1, 1],
      [2, 2],
      [4, 2],
      [5, 2],
    ] as const) {
      crew.put(0, partition, held, at, attempt);
    }
    crew.flush();
    const runs = chunks[0]?.runs.map(({ from, to, attempt }) => [from, to, attempt]);
    assert.deepEqual(runs, [
      [0, 2, 1],
      [2, 3, 2],
      [4, 6, 2],
    ]);
  });

  test('what is sent is on record in the ledger', () => {
    const { crew, partition, held } = crewOf([100]);
    crew.put(0, partition, held, 0, 1);
    assert.equal(partition.ledger.top, 0);
    crew.flush();
    assert.equal(partition.ledger.top, 1);
  });
});

test('a record that runs alone frees its thread when it is back', () => {
  const { chunks, crew, partition, held } = crewOf([4]);
  const [hand] = crew.hands;
  assert(hand);
  hand.isReserved = true;
  crew.sendSolo(hand, partition, held, 3, 2);
  const run = chunks[0]?.runs[0];
  assert(run?.isSolo);
  assert.equal(crew.hasRoom(), false);
  crew.release(0, run, 3, 1);
  assert.deepEqual([hand.isReserved, hand.inFlight, partition.inFlight], [false, 0, 0]);
});

test('a thread is hungry while it could run more records than it holds', () => {
  const { crew, partition, held } = crewOf([2, 2]);
  const [first, second] = crew.hands;
  assert(first && second);
  for (const hand of crew.hands) hand.window = 10;
  assert(crew.isHungry());
  for (let at = 0; at < 2; at++) crew.put(0, partition, held, at, 1);
  second.isAlive = false;
  assert.equal(crew.isHungry(), false);
  assert(crew.hasRoom());
});

test('all counts return to 0 when everything is back, in whatever order', () => {
  const arbitrary = fc.array(
    fc.record({ lane: fc.nat({ max: 6 }), isBack: fc.boolean(), pick: fc.nat() }),
    {
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(arbitrary, (steps) => {
      const { chunks, crew, partition, held } = crewOf([5, 3, 1]);
      held.lane.fill(0);
      const owner = new Map<number, { thread: number; count: number }>();
      const out: { thread: number; at: number; lane: number }[] = [];
      let at = 0;
      const release = (pick: number): void => {
        const [sent] = out.splice(pick % out.length, 1);
        if (!sent) return;
        crew.flush();
        const run = chunks
          .flatMap(({ runs }) => runs)
          .find(({ from, to }) => from <= sent.at && sent.at < to);
        assert(run);
        crew.release(sent.thread, run, sent.at, 1);
        const owned = owner.get(sent.lane);
        if (owned && --owned.count === 0) owner.delete(sent.lane);
      };
      for (const { lane, isBack, pick } of steps) {
        if (isBack && out.length > 0) release(pick);
        if (!crew.hasRoom()) continue;
        const thread = crew.place(lane, 3);
        if (thread < 0) continue;
        held.lane[at] = lane;
        crew.put(thread, partition, held, at, 1);
        out.push({ thread, at: at++, lane });
        const owned = owner.get(lane);
        if (lane !== 0 && owned) {
          assert.equal(thread, owned.thread, 'a key is on one thread at a time');
          owned.count++;
          assert(owned.count <= 3, 'and not with too many records');
        } else if (lane !== 0) {
          owner.set(lane, { thread, count: 1 });
        }
      }
      while (out.length > 0) release(0);
      for (const hand of crew.hands) assert.equal(hand.inFlight, 0);
      assert.equal(partition.inFlight, 0);
      assert.equal(crew.room, 9);
      // A slot that was still busy would refuse its key.
      for (let lane = 1; lane <= 6; lane++) assert.notEqual(crew.place(lane, 1), -1);
    }),
    { numRuns: 200 },
  );
});
