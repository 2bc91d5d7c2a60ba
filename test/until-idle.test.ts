import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import type { EngineStatus, PartitionStatus, PipelineStatus } from '../src/contract/status.ts';
import { untilIdle } from '../src/until-idle.ts';

const IDLE_MS = 500;

describe('untilIdle', () => {
  let nowMs = 0;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    mock.method(performance, 'now', () => nowMs);
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  /** Watches a status that each step may change; `after` lets time pass and says whether the watch has ended. */
  function watch(partition: Partial<PartitionStatus> = {}, pipeline: Partial<PipelineStatus> = {}) {
    const state = { partition, pipeline };
    const { idle, cancel } = untilIdle(() => statusOf(state.partition, state.pipeline), IDLE_MS);
    let isIdle = false;
    void idle.then(() => {
      isIdle = true;
    });
    const after = async (ms: number): Promise<boolean> => {
      for (let i = 0; i < ms; i += 50) {
        nowMs += 50;
        mock.timers.tick(50);
      }
      await Promise.resolve();
      return isIdle;
    };
    return { state, after, cancel };
  }

  test('waits for the whole time, and no longer', async () => {
    const { after } = watch();
    assert.equal(await after(IDLE_MS), false);
    assert.equal(await after(50), true);
  });

  for (const [name, partition, pipeline] of [
    ['a record is in flight', {}, { inFlight: 1 }],
    ['the member has not joined', {}, { hasJoined: false }],
    ['the watermark is below the end', { watermark: 9n }, {}],
    ['the end is unknown', { end: null }, {}],
    ['a partition has not started', { state: 'adopting', watermark: null }, {}],
  ] as const) {
    test(`waits while ${name}, and the time begins anew then`, async () => {
      const { state, after } = watch(partition, pipeline);
      assert.equal(await after(10 * IDLE_MS), false);
      state.partition = {};
      state.pipeline = {};
      assert.equal(await after(IDLE_MS), false);
      assert.equal(await after(50), true);
    });
  }

  test('sees a record that came and ended between two looks', async () => {
    const { state, after } = watch();
    for (let ack = 1; ack < 20; ack++) {
      state.pipeline = { topics: new Map([['orders', { ...NONE, ack }]]) };
      assert.equal(await after(IDLE_MS - 100), false);
    }
    assert.equal(await after(IDLE_MS), true);
  });

  for (const [name, partition] of [
    ['a partition that is stopped', { state: 'stopped', watermark: null, end: null }],
    ['a lane that is halted', { watermark: 3n, buffered: 2, lanesHalted: 1 }],
  ] as const) {
    test(`does not wait for ${name}`, async () => {
      const { after } = watch(partition);
      assert.equal(await after(IDLE_MS + 50), true);
    });
  }

  test('never resolves once it is cancelled', async () => {
    const { after, cancel } = watch();
    cancel();
    assert.equal(await after(10 * IDLE_MS), false);
  });
});

const NONE = {
  ack: 0,
  skip: 0,
  drop: 0,
  failed: { error: 0, timeout: 0, crash: 0, deserialize: 0, schema: 0, produce: 0 },
};

/** One pipeline with one partition at its end, but for what is given. */
function statusOf(
  partition: Partial<PartitionStatus>,
  pipeline: Partial<PipelineStatus>,
): EngineStatus {
  const idle: PartitionStatus = {
    topic: 'orders',
    partition: 0,
    state: 'running',
    position: 10n,
    watermark: 10n,
    committed: 10n,
    end: 10n,
    readableEnd: 10n,
    endAgeMs: 0,
    inFlight: 0,
    awaiting: 0,
    buffered: 0,
    bufferedBytes: 0,
    replayBound: 0,
    isPaused: false,
    lanesWaiting: 0,
    lanesHalted: 0,
    holding: null,
  };
  const one: PipelineStatus = {
    id: 'orders',
    state: 'stable',
    groupId: 'orders',
    memberId: 'm',
    generation: 1,
    hasJoined: true,
    silentMs: 0,
    partitions: [{ ...idle, ...partition }],
    topics: new Map(),
    inFlight: 0,
    commits: { ok: 0, failed: 0 },
    rebalances: 1,
    stale: 0,
    durations: { sum: 0, counts: [] },
  };
  return { state: 'running', pipelines: [{ ...one, ...pipeline }], threads: [] };
}
