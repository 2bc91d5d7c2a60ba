import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EmbeddedBroker } from '../../../src/broker/broker.ts';
import * as edges from './producer-scripts.ts';
import { ready } from './ready.ts';
import { answersOf, type Script } from './talk.ts';
import * as scripts from './transaction-scripts.ts';
import * as views from './transaction-view-scripts.ts';

const SCRIPTS: Readonly<Record<string, Script>> = {
  'an idempotent producer': scripts.idempotentProducer,
  'how producers begin': scripts.beginnings,
  transactions: scripts.transactions,
  'offsets in transactions': scripts.transactionalOffsets,
  'claims of a new epoch': edges.claims,
  'producers without a name': edges.unnamed,
  'partitions that brokers ask about': edges.verified,
  'writes in and beside transactions': edges.writes,
  'an epoch for each transaction': edges.epochs,
  'records after a fence': edges.afterFence,
  'groups of transactions': edges.groups,
  'deletes out of transactions': edges.deletes,
  'the producers of a partition': views.describedProducers,
  'what a transaction is': views.describedTransactions,
  'which transactions there are': views.listedTransactions,
};

const kafka = process.env['KAFKA_BROKERS']?.split(',')[0];
const skip = kafka === undefined && 'KAFKA_BROKERS names no Kafka to compare with';

before(async () => {
  if (kafka !== undefined) await ready(kafka);
});

for (const [what, script] of Object.entries(SCRIPTS)) {
  test(`about ${what} the broker says what Kafka says`, { skip }, async () => {
    await using broker = await EmbeddedBroker.start();
    const ours = await answersOf(broker.bootstrap, script);
    assert.deepEqual(ours, await answersOf(kafka ?? '', script));
    assert.ok(ours.length > 0);
  });
}
