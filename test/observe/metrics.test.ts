import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineStatus } from '../../src/contract/status.ts';
import { DURATION_BUCKETS } from '../../src/contract/thread.ts';
import { type ProcessFacts, renderMetrics } from '../../src/observe/metrics.ts';
import { parseExposition } from './parse-exposition.ts';
import { counts, engine, partition, pipeline, thread } from './status.ts';

const facts: ProcessFacts = {
  version: '1.2.3',
  node: '20.19.0',
  residentBytes: 12_345_678,
  loopDelay: {
    quantiles: [
      [0.5, 0.001],
      [0.99, 0.02],
    ],
    sum: 1.5,
    count: 300,
  },
};

/** The value of one series; undefined when it is absent. */
function value(
  status: EngineStatus,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const families = parseExposition(renderMetrics(status, facts));
  const series = [...families.values()].flatMap((family) => family.series);
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return series.find(
    (each) => each.name === name && JSON.stringify(Object.entries(each.labels).sort()) === wanted,
  )?.value;
}

const orders = { pipeline: 'orders' };
const onTopic = { ...orders, topic: 'orders' };
const onPartition = { ...onTopic, partition: '0' };

test('each metric has its public name, type and labels', () => {
  const status = engine({
    pipelines: [pipeline({ topics: new Map([['orders', counts({ ack: 1 })]]) })],
  });
  const families = parseExposition(renderMetrics(status, facts));
  const found = [...families].map(([name, { type, series }]) => {
    const labels = new Set(series.flatMap((each) => Object.keys(each.labels)));
    return `${name} ${type} ${[...labels].join()}`;
  });
  assert.deepEqual(found, [
    'millrace_records_handled_total counter pipeline,topic,outcome',
    'millrace_attempts_failed_total counter pipeline,topic,kind',
    'millrace_records_in_flight gauge pipeline',
    'millrace_records_buffered gauge pipeline',
    'millrace_buffered_bytes gauge pipeline',
    'millrace_replay_bound_records gauge pipeline',
    'millrace_lanes_blocked gauge pipeline',
    'millrace_lanes_halted gauge pipeline',
    'millrace_consumer_lag gauge pipeline,topic,partition',
    'millrace_committed_offset gauge pipeline,topic,partition',
    'millrace_partition_paused gauge pipeline,topic,partition',
    'millrace_commits_total counter pipeline,result',
    'millrace_rebalances_total counter pipeline',
    'millrace_handler_duration_seconds histogram pipeline,le',
    'millrace_thread_restarts_total counter pipeline,reason',
    'millrace_event_loop_delay_seconds summary quantile',
    'process_resident_memory_bytes gauge ',
    'millrace_build_info gauge version,node',
  ]);
});

test('records are counted by outcome, failed attempts by kind', () => {
  const failed = { error: 1, timeout: 2, crash: 3, deserialize: 4, schema: 5, produce: 6 };
  const topics = new Map([['orders', counts({ ack: 7, skip: 8, drop: 9, failed })]]);
  const status = engine({ pipelines: [pipeline({ topics })] });
  for (const [outcome, count] of Object.entries({ ack: 7, skip: 8, drop: 9 })) {
    assert.equal(value(status, 'millrace_records_handled_total', { ...onTopic, outcome }), count);
  }
  for (const [kind, count] of Object.entries(failed)) {
    assert.equal(value(status, 'millrace_attempts_failed_total', { ...onTopic, kind }), count);
  }
});

test('counters of a held topic begin at 0', () => {
  assert.equal(
    value(engine(), 'millrace_records_handled_total', { ...onTopic, outcome: 'ack' }),
    0,
  );
  assert.equal(value(engine(), 'millrace_attempts_failed_total', { ...onTopic, kind: 'crash' }), 0);
});

test('a topic that was given up keeps its counters', () => {
  const topics = new Map([['orders', counts({ ack: 7 })]]);
  const status = engine({ pipelines: [pipeline({ topics, partitions: [] })] });
  assert.equal(value(status, 'millrace_records_handled_total', { ...onTopic, outcome: 'ack' }), 7);
});

test('what partitions hold is added up per pipeline', () => {
  const each = {
    inFlight: 1,
    buffered: 10,
    bufferedBytes: 100,
    replayBound: 5,
    lanesWaiting: 2,
    lanesHalted: 3,
  };
  const partitions = [partition(each), partition({ ...each, partition: 1 })];
  const status = engine({
    pipelines: [pipeline({ partitions, inFlight: 4 }), pipeline({ id: 'idle' })],
  });
  assert.equal(value(status, 'millrace_records_in_flight', orders), 4);
  assert.equal(value(status, 'millrace_records_buffered', orders), 20);
  assert.equal(value(status, 'millrace_buffered_bytes', orders), 200);
  assert.equal(value(status, 'millrace_replay_bound_records', orders), 10);
  assert.equal(value(status, 'millrace_lanes_blocked', orders), 4);
  assert.equal(value(status, 'millrace_lanes_halted', orders), 6);
  assert.equal(value(status, 'millrace_records_buffered', { pipeline: 'idle' }), 0);
});

test('lag is the end minus the watermark', () => {
  const status = engine({ pipelines: [pipeline({ partitions: [partition({ watermark: 60n })] })] });
  assert.equal(value(status, 'millrace_consumer_lag', onPartition), 40);
});

test('an unknown lag or committed offset is an absent series', () => {
  for (const unknown of [{ end: null }, { watermark: null }, { endAgeMs: 60_000 }]) {
    const status = engine({ pipelines: [pipeline({ partitions: [partition(unknown)] })] });
    assert.equal(value(status, 'millrace_consumer_lag', onPartition), undefined);
  }
  const status = engine({
    pipelines: [pipeline({ partitions: [partition({ committed: null })] })],
  });
  assert.equal(value(status, 'millrace_committed_offset', onPartition), undefined);
  assert.equal(value(engine(), 'millrace_committed_offset', onPartition), 100);
});

test('a partition is paused by a full buffer and by policy', () => {
  const paused = (changes: object): number | undefined =>
    value(
      engine({ pipelines: [pipeline({ partitions: [partition(changes)] })] }),
      'millrace_partition_paused',
      onPartition,
    );
  assert.equal(paused({}), 0);
  assert.equal(paused({ isPaused: true }), 1);
  assert.equal(paused({ state: 'stopped' }), 1);
});

test('commits and rebalances are counted', () => {
  const status = engine({
    pipelines: [pipeline({ commits: { ok: 12, failed: 3 }, rebalances: 2 })],
  });
  assert.equal(value(status, 'millrace_commits_total', { ...orders, result: 'ok' }), 12);
  assert.equal(value(status, 'millrace_commits_total', { ...orders, result: 'error' }), 3);
  assert.equal(value(status, 'millrace_rebalances_total', orders), 2);
});

test('handler durations are a cumulative histogram', () => {
  const status = engine({
    pipelines: [
      pipeline({ durations: { sum: 12.5, counts: DURATION_BUCKETS.map(() => 2).concat(5) } }),
    ],
  });
  const bucket = (le: string): number | undefined =>
    value(status, 'millrace_handler_duration_seconds_bucket', { ...orders, le });
  assert.equal(bucket('0.0001'), 2);
  assert.equal(bucket('60'), 2 * DURATION_BUCKETS.length);
  assert.equal(bucket('+Inf'), 2 * DURATION_BUCKETS.length + 5);
  assert.equal(value(status, 'millrace_handler_duration_seconds_sum', orders), 12.5);
  assert.equal(
    value(status, 'millrace_handler_duration_seconds_count', orders),
    2 * DURATION_BUCKETS.length + 5,
  );
});

test('thread restarts are counted by pool and cause', () => {
  const threads = [
    thread({ restarts: new Map([['exit', 2]]) }),
    thread({
      id: 1,
      restarts: new Map([
        ['exit', 1],
        ['heap', 1],
      ]),
    }),
    thread({ pool: 'refunds', restarts: new Map([['exit', 7]]) }),
  ];
  const status = engine({ threads });
  const restarts = (pool: string, reason: string): number | undefined =>
    value(status, 'millrace_thread_restarts_total', { pipeline: pool, reason });
  assert.equal(restarts('shared', 'exit'), 3);
  assert.equal(restarts('shared', 'heap'), 1);
  assert.equal(restarts('shared', 'stuck'), 0);
  assert.equal(restarts('refunds', 'exit'), 7);
  assert.equal(restarts('refunds', 'crash'), 0);
});

test('facts of the process are in base units', () => {
  assert.equal(value(engine(), 'millrace_event_loop_delay_seconds', { quantile: '0.99' }), 0.02);
  assert.equal(value(engine(), 'millrace_event_loop_delay_seconds_sum'), 1.5);
  assert.equal(value(engine(), 'millrace_event_loop_delay_seconds_count'), 300);
  assert.equal(value(engine(), 'process_resident_memory_bytes'), 12_345_678);
  assert.equal(value(engine(), 'millrace_build_info', { version: '1.2.3', node: '20.19.0' }), 1);
});

test('the order of partitions in the text does not depend on the order of their assignment', () => {
  const parts = [
    partition({ partition: 10 }),
    partition({ partition: 2 }),
    partition({ topic: 'a' }),
  ];
  const render = (partitions: typeof parts): string =>
    renderMetrics(engine({ pipelines: [pipeline({ partitions })] }), facts);
  assert.equal(render(parts), render([...parts].reverse()));
  assert.match(render(parts), /lag\{[^}]*"a".*\n.*partition="2".*\n.*partition="10"/);
});

test('an engine that has not begun has metrics too', () => {
  const status = engine({
    state: 'starting',
    pipelines: [pipeline({ partitions: [], hasJoined: false })],
    threads: [],
  });
  assert.equal(value(status, 'millrace_records_in_flight', orders), 0);
});
