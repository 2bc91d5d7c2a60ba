import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusJson } from '../../src/observe/status-json.ts';
import { engine, partition, pipeline, thread } from './status.ts';

test('the status is JSON whose offsets are texts, with what holds each partition', () => {
  const holding = {
    offset: 2n ** 60n,
    keyHash: '00c0ffee',
    attempt: 3,
    thread: 0,
    why: 'running',
    sinceMs: 4000,
  } as const;
  const held = partition({ watermark: 2n ** 60n, end: 2n ** 60n + 5n, endAgeMs: 10, holding });
  const restarts = new Map([
    ['exit', 2],
    ['stuck', 1],
  ]);
  const status = engine({
    pipelines: [pipeline({ partitions: [held, partition({ committed: null })] })],
    threads: [thread({ restarts })],
  });
  const json = JSON.parse(JSON.stringify(statusJson(status, '1.2.3')));
  assert.deepEqual([json.state, json.version], ['running', '1.2.3']);
  const [first, second] = json.pipelines[0].partitions;
  assert.deepEqual(
    [first.watermark, first.lag, first.holding],
    ['1152921504606846976', '5', { ...holding, offset: '1152921504606846976' }],
  );
  assert.deepEqual([second.committed, second.holding], [null, null]);
  const { topic, partition: index } = held;
  assert.deepEqual(json.threads, [
    {
      id: 0,
      pool: 'shared',
      state: 'ready',
      running: [`${topic}/${index}@${2n ** 60n}`],
      restarts: 3,
    },
  ]);
});

test('a lag that is not known is null, not 0', () => {
  const unknown = partition({ end: null, endAgeMs: null });
  const status = engine({ pipelines: [pipeline({ partitions: [unknown] })] });
  const json = JSON.parse(JSON.stringify(statusJson(status, '1')));
  assert.equal(json.pipelines[0].partitions[0].lag, null);
});
