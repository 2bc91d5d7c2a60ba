import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abortedTransaction, EmbeddedBroker, transactionMarker } from '../../src/testing/index.ts';
import { markerOf } from '../support/broker-batches.ts';

const FACTS = { producerId: 7n, baseOffset: 3n };

test('a marker has the bytes that Kafka’s format says', () => {
  for (const outcome of ['commit', 'abort'] as const) {
    assert.deepEqual(
      transactionMarker(outcome, { ...FACTS, timestampMs: 1_700_000_000_000 }),
      markerOf(outcome, 7n, { baseOffset: 3n, leaderEpoch: 0 }),
    );
  }
});

test('a log that takes an aborted transaction lists it as one', async () => {
  await using broker = await EmbeddedBroker.start({ topics: { orders: 1 } });
  broker.produceRaw('orders', 0, ...abortedTransaction([{ key: 'a' }, { key: 'b' }], FACTS));
  const log = broker.cluster.topics.partition('orders', 0)?.log;
  assert.equal(log?.lastStableOffset, 6n);
  const read = { records: [], bytes: 0, endOffset: 6n };
  assert.deepEqual(log?.abortedWithin(0n, read), [
    { producerId: 7n, firstOffset: 3n, lastOffset: 5n },
  ]);
});
