import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionStatus, PipelineStatus } from '../../src/contract/status.ts';
import { Progress } from '../../src/observe/progress.ts';
import { counts, partition, pipeline } from './status.ts';

const watched = { id: 'orders', stuckAfterMs: 60_000, source: { rebalanceTimeoutMs: 60_000 } };

/** A partition that lags, with records in its buffer and on a thread. */
const busy = (changes: Partial<PartitionStatus> = {}): PartitionStatus =>
  partition({ watermark: 50n, committed: 50n, inFlight: 3, buffered: 50, ...changes });
const withPartitions = (...partitions: PartitionStatus[]): PipelineStatus =>
  pipeline({ partitions });

/** Looks once a second for `seconds`, from `fromS` on. */
function watch(
  progress: Progress,
  status: PipelineStatus | ((second: number) => PipelineStatus),
  seconds: number,
  fromS = 0,
): void {
  for (let second = fromS; second <= fromS + seconds; second++) {
    const each = typeof status === 'function' ? status(second) : status;
    progress.sample(each, true, second * 1000);
  }
}

function isStuckAfter(seconds: number, status: PipelineStatus): boolean {
  const progress = new Progress(watched);
  watch(progress, status, seconds);
  return progress.isStuck;
}

test('a pipeline with records to handle is stuck when nothing moved for stuckAfter', () => {
  assert.equal(isStuckAfter(59, withPartitions(busy())), false);
  assert.equal(isStuckAfter(60, withPartitions(busy())), true);
});

const work: readonly [string, PipelineStatus][] = [
  ['records on a thread', withPartitions(busy({ buffered: 0, watermark: 100n }))],
  ['records in the buffer', withPartitions(busy({ inFlight: 0, watermark: 100n }))],
  ['a lag', withPartitions(partition({ watermark: 50n }))],
  ['work in one of its partitions', withPartitions(partition(), busy({ partition: 1 }))],
  ['a full buffer', withPartitions(busy({ inFlight: 0, isPaused: true }))],
  [
    'records on a thread while no broker answers',
    pipeline({ partitions: [busy()], silentMs: 3_600_000 }),
  ],
  ['records on a thread of a stopped partition', withPartitions(busy({ state: 'stopped' }))],
  ['records on a thread beside a halted lane', withPartitions(busy({ lanesHalted: 1 }))],
  ['a lane that waits to run alone', withPartitions(busy({ inFlight: 0, lanesWaiting: 1 }))],
];
for (const [what, status] of work) {
  test(`a pipeline that stands still with ${what} is stuck`, () => {
    assert.equal(isStuckAfter(60, status), true);
  });
}

const patience: readonly [string, PipelineStatus][] = [
  ['has nothing to do', pipeline()],
  ['holds no partition', withPartitions()],
  [
    'hears no broker, whatever lag and buffer it had',
    pipeline({ partitions: [busy({ inFlight: 0 })], silentMs: 15_001 }),
  ],
  ['never heard a broker', pipeline({ partitions: [busy({ inFlight: 0 })], silentMs: null })],
  [
    'lags on a partition whose leader is silent',
    withPartitions(partition({ watermark: 50n, endAgeMs: 15_001 })),
  ],
  [
    'lags only by an open transaction',
    withPartitions(partition({ watermark: 50n, readableEnd: 50n })),
  ],
  [
    'has only a partition that policy stopped',
    withPartitions(busy({ state: 'stopped', inFlight: 0 })),
  ],
  [
    'has only a partition with a halted lane',
    withPartitions(busy({ lanesHalted: 1, inFlight: 0 })),
  ],
  ['waits until the broker takes outputs', withPartitions(busy({ inFlight: 0, awaiting: 9 }))],
  ['adopts its partitions', withPartitions(busy({ state: 'adopting' }))],
  ['gives its partitions up', withPartitions(busy({ state: 'revoking' }))],
];
for (const [what, status] of patience) {
  test(`a pipeline that ${what} is not stuck`, () => {
    assert.equal(isStuckAfter(3600, status), false);
  });
}

const moves: readonly [string, (second: number) => PipelineStatus][] = [
  [
    'an acknowledged record',
    (n) => pipeline({ partitions: [busy()], topics: new Map([['orders', counts({ ack: n })]]) }),
  ],
  [
    'a skipped record',
    (n) => pipeline({ partitions: [busy()], topics: new Map([['orders', counts({ skip: n })]]) }),
  ],
  [
    'a dropped record',
    (n) => pipeline({ partitions: [busy()], topics: new Map([['orders', counts({ drop: n })]]) }),
  ],
  [
    'a failed attempt',
    (n) =>
      pipeline({
        partitions: [busy()],
        topics: new Map([['orders', counts({ failed: { ...counts().failed, timeout: n } })]]),
      }),
  ],
  ['a watermark that goes on', (n) => withPartitions(busy({ watermark: BigInt(n) }))],
  ['a position that goes on', (n) => withPartitions(busy({ position: BigInt(n) }))],
  ['a committed offset that goes on', (n) => withPartitions(busy({ committed: BigInt(n) }))],
  ['a commit', (n) => pipeline({ partitions: [busy()], commits: { ok: n, failed: 0 } })],
];
for (const [what, status] of moves) {
  test(`${what} now and then is progress`, () => {
    const progress = new Progress(watched);
    watch(progress, (second) => status(Math.floor(second / 50)), 3600);
    assert.equal(progress.isStuck, false);
  });
}

test('commits that fail and rebalances are no progress', () => {
  const progress = new Progress(watched);
  watch(
    progress,
    (n) =>
      pipeline({
        partitions: [busy()],
        commits: { ok: 0, failed: n },
        rebalances: n,
        generation: n,
      }),
    60,
  );
  assert.equal(progress.isStuck, true);
});

test('a stuck pipeline that moves again is not stuck', () => {
  const progress = new Progress(watched);
  watch(progress, withPartitions(busy()), 100);
  assert.equal(progress.isStuck, true);
  progress.sample(withPartitions(busy({ watermark: 51n })), true, 101_000);
  assert.equal(progress.isStuck, false);
  assert.equal(progress.stillMs, 0);
});

test('records that wait for a retry are waited for, until it is due', () => {
  const progress = new Progress(watched);
  const waiting = withPartitions(busy({ inFlight: 0, lanesWaiting: 1 }));
  progress.retryAt('orders', 0, 600_000);
  watch(progress, waiting, 659);
  assert.equal(progress.isStuck, false);
  watch(progress, waiting, 0, 660);
  assert.equal(progress.isStuck, true);
});

test('a retry of one partition is no excuse for another', () => {
  const progress = new Progress(watched);
  progress.retryAt('orders', 0, 3_600_000);
  const waiting = busy({ inFlight: 0, lanesWaiting: 1 });
  watch(progress, withPartitions(waiting, { ...waiting, partition: 1 }), 60);
  assert.equal(progress.isStuck, true);
});

test('the retries of a partition that was given up are forgotten', () => {
  const progress = new Progress(watched);
  progress.retryAt('orders', 0, 3_600_000);
  progress.sample(withPartitions(), true, 0);
  watch(progress, withPartitions(busy({ inFlight: 0, lanesWaiting: 1 })), 61);
  assert.equal(progress.isStuck, true);
});

test('a rebalance is waited for, but not for ever', () => {
  const progress = new Progress(watched);
  const idle = withPartitions(busy({ inFlight: 0 }));
  progress.rebalancing(0);
  watch(progress, idle, 179);
  assert.equal(progress.isStuck, false);
  watch(progress, idle, 1, 180);
  assert.equal(progress.isStuck, true);
});

test('after a rebalance the time begins anew', () => {
  const progress = new Progress(watched);
  const idle = withPartitions(busy({ inFlight: 0 }));
  progress.rebalancing(0);
  watch(progress, idle, 100);
  progress.rebalancing(null);
  watch(progress, idle, 59, 101);
  assert.equal(progress.isStuck, false);
  watch(progress, idle, 0, 161);
  assert.equal(progress.isStuck, true);
});

test('a process that was halted for an hour is not stuck when it goes on', () => {
  const progress = new Progress(watched);
  watch(progress, withPartitions(busy()), 10);
  progress.sample(withPartitions(busy()), true, 3_600_000);
  assert.equal(progress.isStuck, false);
  assert.equal(progress.stillMs, 12_000);
});

test('while the engine stops nothing is stuck', () => {
  const progress = new Progress(watched);
  watch(progress, withPartitions(busy()), 100);
  progress.sample(withPartitions(busy()), false, 101_000);
  assert.equal(progress.isStuck, false);
});
