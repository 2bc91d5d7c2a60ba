import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLog } from '../../src/broker/request-log.ts';

const entry = (correlationId: number) => ({
  node: 1,
  connection: 0,
  clientId: null,
  api: 'Fetch',
  version: 4,
  correlationId,
  atMs: 0,
  errors: null,
});

test('the last ten thousand requests are remembered, in order', () => {
  const log = new RequestLog();
  for (let i = 0; i < 25_000; i++) log.add(entry(i));
  const entries = log.entries();
  assert.equal(entries.length, 10_000);
  assert.equal(entries[0]?.correlationId, 15_000);
  assert.equal(entries.at(-1)?.correlationId, 24_999);
  log.clear();
  assert.deepEqual(log.entries(), []);
});
