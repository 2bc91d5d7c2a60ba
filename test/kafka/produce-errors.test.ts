import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { type ProduceAction, produceAction } from '../../src/kafka/produce-errors.ts';

const require = createRequire(import.meta.url);
const { errorCodes } = require('kafkajs/src/protocol/error') as {
  errorCodes: readonly { type: string; code: number; retriable: boolean }[];
};

/** What each error of Kafka asks for when a broker gives it for a batch; those not named ask for 'refuse'. */
const EXPECTED: Readonly<Record<Exclude<ProduceAction, 'refuse'>, readonly string[]>> = {
  refresh: [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_FOR_PARTITION',
    'BROKER_NOT_AVAILABLE',
    'REPLICA_NOT_AVAILABLE',
    'KAFKA_STORAGE_ERROR',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
  ],
  retry: [
    'UNKNOWN',
    'CORRUPT_MESSAGE',
    'REQUEST_TIMED_OUT',
    'NETWORK_EXCEPTION',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR_FOR_GROUP',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'NOT_CONTROLLER',
    'CONCURRENT_TRANSACTIONS',
    'FETCH_SESSION_ID_NOT_FOUND',
    'INVALID_FETCH_SESSION_EPOCH',
    'LISTENER_NOT_FOUND',
    'OFFSET_NOT_AVAILABLE',
    'PREFERRED_LEADER_NOT_AVAILABLE',
    'ELIGIBLE_LEADERS_NOT_AVAILABLE',
    'ELECTION_NOT_NEEDED',
    'UNSTABLE_OFFSET_COMMIT',
  ],
};

const expectedFor = (type: string): ProduceAction =>
  (Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]).find((action) =>
    EXPECTED[action].includes(type),
  ) ?? 'refuse';

describe('produceAction', () => {
  for (const { type, code } of errorCodes) {
    it(`answers ${code} ${type} with ${expectedFor(type)}`, () => {
      assert.equal(produceAction(code), expectedFor(type));
    });
  }

  it('is tried on names that Kafka has', () => {
    const known = new Set(errorCodes.map(({ type }) => type));
    for (const type of Object.values(EXPECTED).flat()) assert(known.has(type), type);
  });

  it('refuses records for no error that the protocol calls retriable', () => {
    for (const { type, code, retriable } of errorCodes) {
      if (retriable) assert.notEqual(produceAction(code), 'refuse', type);
    }
  });

  it('sends again when a quota is exceeded, an error that is newer than kafkajs', () => {
    assert.equal(produceAction(89), 'retry');
  });

  it('refuses on a number that no error has', () => {
    for (const code of [-2, 999, 32_767, -32_768]) assert.equal(produceAction(code), 'refuse');
  });
});
