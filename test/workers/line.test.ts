import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Line } from '../../workers/line.ts';
import { inboxOf, type PlanOptions, planOf } from '../support/chunk-plans.ts';

/**
 * A line and a thread that runs its records, each named by its number in the order of sending. It is started or given
 * back, and this notes which.
 */
class Bench {
  readonly line: Line = new Line(({ inbox, place }) =>
    this.given.push(inbox.offset[place] as number),
  );
  readonly given: number[] = [];
  readonly started: number[] = [];
  readonly lanes: number[] = [];
  readonly partitions: number[] = [];
  /** Records whose handler has returned a promise. */
  readonly running: number[] = [];
  #sent = 0;

  send(lanes: readonly number[], options: PlanOptions = {}): void {
    const records = lanes.map((lane) => ({ lane, offset: this.#sent++ }));
    this.lanes.push(...lanes);
    this.partitions.push(...lanes.map(() => options.partition ?? 0));
    this.line.push(inboxOf(planOf(records, options)));
  }

  /** Starts what may start up to `limit`; returns what it started. */
  start(limit = 100): number[] {
    const started: number[] = [];
    while (this.running.length < limit) {
      const entry = this.line.next();
      if (!entry) break;
      const record = entry.inbox.offset[entry.place] as number;
      started.push(record);
      this.running.push(record);
      this.line.occupy(this.lanes[record] as number);
    }
    this.started.push(...started);
    return started;
  }

  end(record: number, isFailed = false): void {
    this.running.splice(this.running.indexOf(record), 1);
    const lane = this.lanes[record] as number;
    if (isFailed && lane !== 0) this.line.close(lane, this.partitions[record] as number);
    this.line.vacate(lane);
  }
}

test('records without a lane start in order, all at once', () => {
  const bench = new Bench();
  bench.send([0, 0, 0]);
  assert.deepEqual(bench.start(2), [0, 1]);
  assert.deepEqual(bench.start(), [2]);
  assert.ok(bench.line.isEmpty);
});

test('a record starts when the one before it in its lane is over; others pass it', () => {
  const bench = new Bench();
  bench.send([1, 1, 2, 1]);
  assert.deepEqual(bench.start(), [0, 2]);
  bench.end(0);
  assert.deepEqual(bench.start(), [1]);
  bench.end(2);
  assert.deepEqual(bench.start(), []);
  bench.end(1);
  assert.deepEqual(bench.start(), [3]);
});

test('a lane goes on over the border of a chunk', () => {
  const bench = new Bench();
  bench.send([1]);
  bench.send([1, 2]);
  assert.deepEqual(bench.start(), [0, 2]);
  bench.end(0);
  assert.deepEqual(bench.start(), [1]);
});

test('a failure closes the lane: what waits and what arrives of it comes back', () => {
  const bench = new Bench();
  bench.send([1, 1, 2, 1]);
  bench.start();
  bench.end(0, true);
  assert.deepEqual(bench.given, [1, 3]);
  bench.send([1, 2]);
  bench.end(2);
  assert.deepEqual(bench.start(), [5]);
  assert.deepEqual(bench.given, [1, 3, 4]);
});

test('an opened lane takes what comes after, and holds nothing that was sent before', () => {
  const bench = new Bench();
  bench.send([1]);
  bench.start();
  bench.end(0, true);
  bench.send([2, 1]);
  bench.line.open(1, 0);
  assert.deepEqual(bench.given, [2]);
  bench.send([1]);
  assert.deepEqual(bench.start(), [1, 3]);
});

test('two partitions whose lanes have the same number close and open apart', () => {
  const bench = new Bench();
  bench.send([9], { partition: 1 });
  bench.send([9], { partition: 2 });
  for (const record of [0, 1]) {
    assert.deepEqual(bench.start(), [record]);
    bench.end(record, true);
  }
  bench.line.open(9, 2);
  bench.send([9], { partition: 1 });
  bench.send([9], { partition: 2 });
  assert.deepEqual(bench.start(), [3]);
  assert.deepEqual(bench.given, [2]);
});

test('a recall gives back what has not started of one partition, wherever it waits', () => {
  const bench = new Bench();
  bench.send([1, 1, 0], { partition: 1 });
  bench.send([1, 2], { partition: 2 });
  bench.start(1);
  bench.line.giveBack(({ inbox, place }) => inbox.partition[place] === 1);
  assert.deepEqual(bench.given, [1, 2]);
  assert.deepEqual(bench.start(), [4]);
  bench.end(0);
  assert.deepEqual(bench.start(), [3]);
});

test('what is given back while its lane has just become free lets the next one go on', () => {
  const bench = new Bench();
  bench.send([1, 1], { partition: 1 });
  bench.send([1], { partition: 2 });
  bench.start();
  bench.end(0);
  bench.line.giveBack(({ inbox, place }) => inbox.partition[place] === 1);
  assert.deepEqual(bench.given, [1]);
  assert.deepEqual(bench.start(), [2]);
});

test('a partition that is forgotten leaves no lane closed', () => {
  const bench = new Bench();
  bench.send([1], { partition: 1 });
  bench.send([1], { partition: 2 });
  for (const record of [0, 1]) {
    bench.start();
    bench.end(record, true);
  }
  bench.line.forget(1);
  bench.send([1], { partition: 1 });
  bench.send([1], { partition: 2 });
  assert.deepEqual(bench.start(), [2]);
  assert.deepEqual(bench.given, [3]);
});

type Step =
  | { readonly type: 'send'; readonly partition: number; readonly lanes: readonly number[] }
  | { readonly type: 'start'; readonly limit: number }
  | { readonly type: 'end'; readonly which: number; readonly isFailed: boolean }
  | { readonly type: 'open' | 'recall'; readonly which: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('send' as const),
    partition: fc.nat(2),
    lanes: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('start' as const), limit: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ type: fc.constant('end' as const), which: fc.nat(5), isFailed: fc.boolean() }),
  fc.record({ type: fc.constantFrom('open' as const, 'recall' as const), which: fc.nat(9) }),
);

/** Does the steps and checks after each what has to hold of lanes; ends by running all that is left. */
function check(steps: readonly Step[]): void {
  const bench = new Bench();
  const nameOf = (record: number): string => `${bench.partitions[record]}/${bench.lanes[record]}`;
  const isOrdered = (record: number): boolean => bench.lanes[record] !== 0;
  /** By lane: the first record that was sent after it closed or opened, and whether it is closed. */
  const closed = new Set<string>();
  const floor = new Map<string, number>();
  const last = new Map<string, number>();
  const start = (limit: number): void => {
    const before = [...bench.running];
    for (const record of bench.start(limit)) {
      if (!isOrdered(record)) continue;
      const name = nameOf(record);
      assert.ok(!closed.has(name), `${record} started although its lane is closed`);
      assert.ok(!before.some((other) => nameOf(other) === name), `${record} overlaps`);
      assert.ok(record > (last.get(name) ?? -1), `${record} is out of order`);
      assert.ok(record >= (floor.get(name) ?? 0), `${record} was sent before its lane opened`);
      last.set(name, record);
      before.push(record);
    }
  };
  for (const step of steps) {
    if (step.type === 'send') bench.send(step.lanes, step);
    if (step.type === 'start') start(step.limit);
    if (step.type === 'end') {
      const record = bench.running[step.which % (bench.running.length || 1)];
      if (record === undefined) continue;
      bench.end(record, step.isFailed);
      if (step.isFailed && isOrdered(record)) closed.add(nameOf(record));
    }
    if (step.type === 'open') {
      const name = [...closed][step.which % (closed.size || 1)];
      if (name === undefined) continue;
      const [partition, lane] = name.split('/').map(Number);
      bench.line.open(lane as number, partition as number);
      closed.delete(name);
      floor.set(name, bench.lanes.length);
    }
    if (step.type === 'recall') {
      const partition = step.which % 3;
      bench.line.giveBack(({ inbox, place }) => inbox.partition[place] === partition);
    }
  }
  do {
    start(100);
    for (const record of [...bench.running]) bench.end(record);
  } while (!bench.line.isEmpty);
  const all = [...bench.started, ...bench.given].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    bench.lanes.map((_, record) => record),
  );
}

test('whatever comes in any order: each record is started or given back once, lanes stay in order', () => {
  fc.assert(fc.property(fc.array(STEP, { maxLength: 60 }), check), { numRuns: 3000 });
});
