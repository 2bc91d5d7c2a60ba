import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from '../../src/flow/tally.ts';

test('counts are kept by topic and start at 0', () => {
  const tally = new Tally();
  tally.of('orders').ack += 3;
  tally.of('orders').failed.timeout++;
  tally.of('returns').drop++;
  assert.deepEqual([...tally.topics.keys()], ['orders', 'returns']);
  const failed = { error: 0, timeout: 1, crash: 0, deserialize: 0, schema: 0, produce: 0 };
  assert.deepEqual(tally.of('orders'), { ack: 3, skip: 0, drop: 0, failed });
});
