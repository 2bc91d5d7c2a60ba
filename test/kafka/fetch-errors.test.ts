import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { type FetchAction, fetchAction } from '../../src/kafka/fetch-errors.ts';

const require = createRequire(import.meta.url);
const { errorCodes } = require('kafkajs/src/protocol/error') as {
  errorCodes: readonly { type: string; code: number; retriable: boolean }[];
};

/** What each error of Kafka asks for when a broker gives it for a partition in a fetch; those not named ask for 'stop'. */
const EXPECTED: Readonly<Record<Exclude<FetchAction, 'stop'>, readonly string[]>> = {
  outOfRange: ['OFFSET_OUT_OF_RANGE'],
  denied: ['TOPIC_AUTHORIZATION_FAILED'],
  unknownTopic: ['UNKNOWN_TOPIC_OR_PARTITION'],
  refresh: [
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

const expectedFor = (type: string): FetchAction =>
  (Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]).find((action) =>
    EXPECTED[action].includes(type),
  ) ?? 'stop';

describe('fetchAction', () => {
  for (const { type, code } of errorCodes) {
    it(`answers ${code} ${type} with ${expectedFor(type)}`, () => {
      assert.equal(fetchAction(code), expectedFor(type));
    });
  }

  it('is tried on names that Kafka has', () => {
    const known = new Set(errorCodes.map(({ type }) => type));
    for (const type of Object.values(EXPECTED).flat()) assert(known.has(type), type);
  });

  it('stops a partition for no error that the protocol calls retriable', () => {
    for (const { type, code, retriable } of errorCodes) {
      if (retriable) assert.notEqual(fetchAction(code), 'stop', type);
    }
  });

  it('takes errors about topic ids, which are newer than kafkajs, as a topic that is not there', () => {
    assert.equal(fetchAction(100), 'unknownTopic');
    assert.equal(fetchAction(103), 'unknownTopic');
  });

  it('stops on a number that no error has', () => {
    for (const code of [-2, 999, 32_767, -32_768]) assert.equal(fetchAction(code), 'stop');
  });
});
