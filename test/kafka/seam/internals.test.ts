import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkVersion,
  errorFromCode,
  fetchRequest,
  listOffsetsRequest,
  listOffsetsResponse,
  newEncoder,
  offsetCommitResponse,
  offsetFetchRequest,
  offsetFetchResponse,
} from '../../../src/kafka/seam/internals.ts';
import { answers } from '../../support/fake-wire.ts';

const bytesOf = (encoder: unknown): string =>
  (encoder as { buffer: Buffer }).buffer.toString('hex');

describe('checkVersion', () => {
  it('accepts the version of kafkajs that is pinned', () => {
    checkVersion();
  });
});

describe('The requests that kafkajs encodes for us', () => {
  it('have the keys and versions that the answers are read for', () => {
    const made = [
      fetchRequest({ topics: [] }),
      offsetFetchRequest({ topics: [] }),
      listOffsetsRequest({ topics: [] }),
    ];
    assert.deepEqual(
      made.map(({ apiName, apiKey, apiVersion }) => [apiName, apiKey, apiVersion]),
      [
        ['Fetch', 1, 11],
        ['OffsetFetch', 9, 4],
        ['ListOffsets', 2, 3],
      ],
    );
  });
});

describe('The answers that kafkajs decodes for us', () => {
  it('keep the error of each partition, instead of throwing the first', async () => {
    const partitions = [
      { topic: 'orders', partition: 0, error: 22, offset: 5n },
      { topic: 'orders', partition: 1, error: 0, offset: 6n },
    ];
    const read = await Promise.all([
      offsetCommitResponse.decode(answers.commit(partitions)).then(offsetCommitResponse.parse),
      offsetFetchResponse.decode(answers.committed(partitions)).then(offsetFetchResponse.parse),
      listOffsetsResponse.decode(answers.offsets(partitions)).then(listOffsetsResponse.parse),
    ]);
    for (const { responses } of read) {
      const [orders] = responses;
      assert.equal(orders?.topic, 'orders');
      assert.deepEqual(
        orders?.partitions.map(({ partition, errorCode }) => [partition, errorCode]),
        [
          [0, 22],
          [1, 0],
        ],
      );
    }
  });
});

describe('errorFromCode', () => {
  it('names the error as kafkajs and our tables do', () => {
    const named = [16, 22, 25, 27, 82].map((code) => errorFromCode(code).type);
    assert.deepEqual(named, [
      'NOT_COORDINATOR_FOR_GROUP',
      'ILLEGAL_GENERATION',
      'UNKNOWN_MEMBER_ID',
      'REBALANCE_IN_PROGRESS',
      'FENCED_INSTANCE_ID',
    ]);
    assert.equal(errorFromCode(27).code, 27);
  });

  it('makes an error of a code that it does not know', () => {
    assert(errorFromCode(32_000) instanceof Error);
  });
});

describe('newEncoder', () => {
  it('writes numbers, texts, bytes and arrays as the protocol wants them', () => {
    const encoder = newEncoder()
      .writeInt8(-1)
      .writeInt16(258)
      .writeInt32(-2)
      .writeString('é')
      .writeString(null)
      .writeBytes(Buffer.from([9, 8]))
      .writeArray([newEncoder().writeInt8(7), newEncoder().writeInt8(6)]);
    assert.equal(
      bytesOf(encoder),
      ['ff', '0102', 'fffffffe', '0002c3a9', 'ffff', '000000020908', '000000020706'].join(''),
    );
  });
});
