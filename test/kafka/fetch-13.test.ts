import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fetchRequest, fetchResponse } from '../../src/broker/apis/fetch-schema.ts';
import { codecOf } from '../../src/broker/wire/codec.ts';
import { Reader } from '../../src/broker/wire/reader.ts';
import { Writer } from '../../src/broker/wire/writer.ts';
import type { SourceConfig } from '../../src/contract/config.ts';
import { fetch13 } from '../../src/kafka/fetch-13.ts';
import type { Ask } from '../../src/kafka/fetch-ask.ts';
import { heldOf } from '../support/fake-epoch.ts';
import { pipelineOf } from '../support/pipeline.ts';

const ID = 'ABEiM0RVZneImaq7zN3u_w';
const OTHER = '_'.repeat(21).concat('w');
const source: SourceConfig = {
  ...pipelineOf().source,
  isolationLevel: 'readCommitted',
  fetch: { maxBytes: 5000, maxPartitionBytes: 1000, maxWaitMs: 100, minBytes: 3 },
};

function ask(topic: string, topicId: string, partition: number, readEpoch = -1): Ask {
  const held = heldOf(topic, partition, 40n);
  held.topicId = topicId;
  held.readEpoch = readEpoch;
  return { held, epoch: held.epoch, bytes: 700 };
}

const asks = [ask('orders', ID, 0, 6), ask('returns', OTHER, 2), ask('orders', ID, 1)];

describe('fetch13', () => {
  it('asks by the ids of the topics, with the epoch of the record before each position', async () => {
    const { request } = fetch13(source, asks, true);
    assert.deepEqual([request.apiKey, request.apiVersion], [1, 13]);
    const { buffer } = (await request.encode()) as { buffer: Buffer };
    // The first byte ends the header of the request.
    assert.equal(buffer[0], 0);
    const reader = new Reader(buffer.subarray(1));
    const { topics, ...head } = codecOf(fetchRequest, 13, true).decode(reader);
    assert.equal(reader.left, 0);
    assert.deepEqual(
      [head.replicaId, head.maxWaitMs, head.minBytes, head.maxBytes, head.isolationLevel],
      [-1, 5, 3, 5000, 1],
    );
    assert.deepEqual([head.sessionId, head.sessionEpoch, head.rackId], [0, -1, '']);
    const part = (partition: number, lastFetchedEpoch: number) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: 40n,
      lastFetchedEpoch,
      logStartOffset: -1n,
      partitionMaxBytes: 700,
    });
    assert.deepEqual(
      topics.map(({ topicId, partitions }) => [
        topicId,
        partitions.map((each) => ({ ...part(0, 0), ...pick(each) })),
      ]),
      [
        [ID, [part(0, 6), part(1, -1)]],
        [OTHER, [part(2, -1)]],
      ],
    );
  });

  it('reads what comes back, and where a log was cut', async () => {
    const part = { highWatermark: 90n, lastStableOffset: 80n, logStartOffset: 2n };
    const aborted = [{ producerId: 7n, firstOffset: 41n }];
    const payload = answer([
      {
        topicId: ID,
        partitions: [
          {
            ...part,
            partitionIndex: 0,
            records: [Buffer.from('set')],
            abortedTransactions: aborted,
          },
          { ...part, partitionIndex: 1, records: [], divergingEpoch: { epoch: 4, endOffset: 33n } },
        ],
      },
      { topicId: OTHER, partitions: [{ ...part, partitionIndex: 2, errorCode: 100, records: [] }] },
    ]);
    const { response } = fetch13(source, asks, false);
    const found = await response.parse(await response.decode(payload));
    assert.deepEqual(
      [found.clientSideThrottleTime, found.errorCode, found.bytes],
      [11, 0, payload.byteLength],
    );
    const ends = { highWatermark: 90n, lastStableOffset: 80n };
    assert.deepEqual(
      found.partitions.map(({ set, ...rest }) => ({ ...rest, set: String(set) })),
      [
        {
          topic: 'orders',
          partition: 0,
          errorCode: 0,
          ...ends,
          abortedTransactions: aborted,
          set: 'set',
          divergedAt: null,
        },
        {
          topic: 'orders',
          partition: 1,
          errorCode: 0,
          ...ends,
          abortedTransactions: [],
          set: '',
          divergedAt: 33n,
        },
        {
          topic: 'returns',
          partition: 2,
          errorCode: 100,
          ...ends,
          abortedTransactions: [],
          set: '',
          divergedAt: null,
        },
      ],
    );
  });

  it('leaves out what it did not ask for, and fails on bytes that end too early', async () => {
    const part = { partitionIndex: 0, highWatermark: 1n, records: [] };
    const payload = answer([{ topicId: 'e'.repeat(21).concat('A'), partitions: [part] }]);
    const { response } = fetch13(source, asks, false);
    assert.deepEqual((await response.decode(payload)).partitions, []);
    for (let size = 0; size < payload.length - 1; size++) {
      await assert.rejects(async () => response.decode(payload.subarray(0, size)), RangeError);
    }
  });
});

const KEYS = [
  'partition',
  'currentLeaderEpoch',
  'fetchOffset',
  'lastFetchedEpoch',
  'logStartOffset',
  'partitionMaxBytes',
];
/** The fields of version 13 alone. */
const pick = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => KEYS.includes(key)));

/** A response with its header, as the broker's codec writes it. */
function answer(
  responses: Parameters<ReturnType<typeof codecOf<typeof fetchResponse>>['encode']>[1]['responses'],
): Buffer {
  const writer = new Writer();
  codecOf(fetchResponse, 13, true).encode(writer, { throttleTimeMs: 11, responses });
  return Buffer.concat([Buffer.from([0]), writer.body()]);
}
