import { deleteRecords } from '../../../src/broker/apis/delete-records.ts';
import { fetch } from '../../../src/broker/apis/fetch.ts';
import { listOffsets } from '../../../src/broker/apis/list-offsets.ts';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { offsetForLeaderEpoch } from '../../../src/broker/apis/offset-for-leader-epoch.ts';
import { produce } from '../../../src/broker/apis/produce.ts';
import { type BatchFacts, batchOf } from '../../support/broker-batches.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';
import type { Talk } from './talk.ts';
import { tidy } from './tidy.ts';

const STRANGE_ID = 'AAAAAAAAAAAAAAAAAAAABA';
const BASE = 1_700_000_000_000n;

/** A new topic whose leaders have begun to lead, which in Kafka takes a moment. */
export async function openTopic(
  talk: Talk,
  what: string,
  partitions: number,
): Promise<{ name: string; client: BrokerClient; topicId: string }> {
  const name = await talk.topic(what, partitions);
  const client = await talk.connect('records');
  await until(async () => {
    const asked = Array.from({ length: partitions }, (_, partitionIndex) => {
      return { partitionIndex, timestamp: -1n };
    });
    const { topics } = await client.send(listOffsets, 7, { topics: [{ name, partitions: asked }] });
    return topics[0]?.partitions.every(({ errorCode }) => errorCode === 0) === true;
  });
  const { topics } = await client.send(metadata, 12, { topics: [{ name }] });
  return { name, client, topicId: topics[0]?.topicId ?? '' };
}

/** What was answered for a partition, but for the start of the log: Kafka tells it with some errors and not with others. */
function withoutStart(answer: object): object {
  return { ...answer, logStartOffset: 'errorCode' in answer && answer.errorCode !== 0 ? 'any' : 0 };
}

export async function producedRecords(talk: Talk): Promise<void> {
  const { name, client, topicId } = await openTopic(talk, 'written', 2);
  const ask = async (
    what: string,
    records: Buffer,
    rest: object = {},
    version = 9,
  ): Promise<void> => {
    const { index, acks, ...topic } = { index: 0, acks: -1, name, topicId, ...rest };
    const partitionData = [{ index, records: [records] }];
    const { responses } = await client.send(produce, version, {
      transactionalId: null,
      acks,
      timeoutMs: 1000,
      topicData: [{ ...topic, partitionData }],
    });
    const [answer] = responses[0]?.partitionResponses ?? [];
    talk.note(`Produce ${version} ${what}`, tidy(withoutStart(answer ?? {})));
  };
  for (let version = 3; version <= 13; version++) await ask('records', batchOf(3), {}, version);
  const wrong: Readonly<Record<string, BatchFacts>> = {
    'a wrong checksum': { crc: 1 },
    'format 1': { magic: 1 },
    'format 3': { magic: 3 },
    'a base offset': { baseOffset: 7n },
    'too many offsets': { lastOffsetDelta: 5 },
    'a wrong count': { recordCount: 2 },
    control: { attributes: 0x20 },
    transaction: { attributes: 0x10, producerId: 5n, producerEpoch: 0, baseSequence: 0 },
    'an unknown codec': { attributes: 5 },
    'the mark of the log': { attributes: 8 },
    'no time': { baseTimestamp: -1n },
    'another epoch': { leaderEpoch: 99 },
  };
  for (const [what, facts] of Object.entries(wrong)) await ask(what, batchOf(3, facts));
  await ask('zstd too early', batchOf(3, { attributes: 4 }), {}, 6);
  await ask('two batches', Buffer.concat([batchOf(3), batchOf(3)]));
  await ask('half a batch', batchOf(3).subarray(0, 70));
  await ask('bytes behind', Buffer.concat([batchOf(3), Buffer.alloc(5)]));
  await ask('zeros', Buffer.alloc(17));
  await ask('too much', batchOf([{ value: 'x'.repeat(1_100_000) }]));
  for (const index of [9, -1]) await ask(`in partition ${index}`, batchOf(1), { index });
  await ask('to nothing', batchOf(1), { name: `${name}-none` });
  await ask('to a bad name', batchOf(1), { name: 'a/b' });
  await ask('to Kafka itself', batchOf(1), { name: '__consumer_offsets' });
  await ask('to a strange id', batchOf(1), { topicId: STRANGE_ID }, 13);
  for (const acks of [1, 2, -2]) await ask(`with acks ${acks}`, batchOf(1), { acks });
}

/** Three batches of three records, the times of the second before those of the third. */
async function fill(client: BrokerClient, name: string): Promise<void> {
  const records = [{ atMs: 0 }, { atMs: 10 }, { atMs: 20 }];
  for (const at of [0n, 100n, 50n]) {
    const batch = batchOf(records, { baseTimestamp: BASE + at });
    const topicData = [{ name, partitionData: [{ index: 0, records: [batch] }] }];
    const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData };
    await client.send(produce, 9, body);
  }
}

export async function readRecords(talk: Talk): Promise<void> {
  const { name, client, topicId } = await openTopic(talk, 'read', 2);
  await fill(client, name);
  const ask = async (
    what: string,
    parts: readonly (readonly [partition: number, fetchOffset: bigint, rest?: object])[],
    rest: object = {},
    version = 12,
  ): Promise<void> => {
    const partitions = parts.map(([partition, fetchOffset, more]) => {
      return { partition, fetchOffset, partitionMaxBytes: 1_000_000, ...more };
    });
    const usual = { maxWaitMs: 100, minBytes: 1, topics: [{ topic: name, topicId, partitions }] };
    const answer = await client.send(fetch, version, { ...usual, ...rest });
    talk.note(`Fetch ${version} ${what}`, tidy(answer));
  };
  for (let version = 4; version <= 18; version++) await ask('all', [[0, 0n]], {}, version);
  for (const offset of [4n, 9n, 10n, -1n]) await ask(`from ${offset}`, [[0, offset]]);
  await ask('little', [[0, 0n, { partitionMaxBytes: 10 }]]);
  await ask('very little', [[0, 0n]], { maxBytes: 0 });
  await ask('two', [
    [0, 0n],
    [1, 0n],
  ]);
  await ask('of no partition', [[9, 0n]]);
  await ask('of another epoch', [[0, 0n, { currentLeaderEpoch: 3 }]]);
  for (const [offset, lastFetchedEpoch] of [
    [3n, 0],
    [9n, 0],
    [12n, 0],
    [3n, 5],
  ] as const) {
    await ask(`${offset} after epoch ${lastFetchedEpoch}`, [[0, offset, { lastFetchedEpoch }]]);
  }
  await ask('committed', [[0, 0n]], { isolationLevel: 1 });
  await ask('nothing', [], { topics: [] });
  await ask('in a session that is not there', [[0, 0n]], { sessionId: 77, sessionEpoch: 3 });
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 100 }];
  await ask('of nothing', [], { topics: [{ topic: `${name}-none`, partitions }] });
  await ask('of a strange id', [], { topics: [{ topicId: STRANGE_ID, partitions }] }, 13);
}

export async function listedOffsets(talk: Talk): Promise<void> {
  const { name, client } = await openTopic(talk, 'listed', 2);
  await fill(client, name);
  const ask = async (
    what: string,
    parts: readonly (readonly [partitionIndex: number, timestamp: bigint, rest?: object])[],
    version = 7,
    topic = name,
  ): Promise<void> => {
    const partitions = parts.map(([partitionIndex, timestamp, rest]) => {
      return { partitionIndex, timestamp, ...rest };
    });
    const answer = await client.send(listOffsets, version, {
      topics: [{ name: topic, partitions }],
    });
    talk.note(`ListOffsets ${version} ${what}`, tidy(answer));
  };
  for (let version = 1; version <= 10; version++) {
    for (const time of [-1n, -2n, -3n, -4n, -5n, -6n, -7n])
      await ask(`${time}`, [[0, time]], version);
  }
  for (const after of [0n, 5n, 10n, 21n, 60n, 115n, 121n]) {
    await ask(`at ${after}`, [[0, BASE + after]]);
  }
  for (const time of [-1n, -2n, -3n, 0n]) await ask(`${time} of an empty one`, [[1, time]]);
  for (const index of [9, -1]) await ask(`of partition ${index}`, [[index, -1n]]);
  for (const currentLeaderEpoch of [0, 5])
    await ask('of an epoch', [[0, -1n, { currentLeaderEpoch }]]);
  await ask('twice', [
    [0, -1n],
    [0, -2n],
    [1, -1n],
  ]);
  await ask('of nothing', [[0, -1n]], 7, `${name}-none`);
  for (const [leaderEpoch, currentLeaderEpoch] of [
    [0, -1],
    [1, -1],
    [-1, -1],
    [0, 5],
  ] as const) {
    const partitions = [0, 1, 9].map((partition) => ({
      partition,
      leaderEpoch,
      currentLeaderEpoch,
    }));
    const answer = await client.send(offsetForLeaderEpoch, 4, {
      topics: [{ topic: name, partitions }],
    });
    talk.note(`OffsetForLeaderEpoch ${leaderEpoch} ${currentLeaderEpoch}`, tidy(answer));
  }
}

export async function deletedRecords(talk: Talk): Promise<void> {
  const { name, client } = await openTopic(talk, 'emptied', 1);
  await fill(client, name);
  const ask = async (
    offset: bigint,
    partitionIndex = 0,
    version = 2,
    topic = name,
  ): Promise<void> => {
    const topics = [{ name: topic, partitions: [{ partitionIndex, offset }] }];
    const answer = await client.send(deleteRecords, version, { topics, timeoutMs: 1000 });
    talk.note(`DeleteRecords ${version} ${offset}`, tidy(answer));
  };
  const note = async (): Promise<void> => {
    for (const timestamp of [-2n, BASE]) {
      const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp }] }];
      talk.note(`ListOffsets ${timestamp}`, tidy(await client.send(listOffsets, 7, { topics })));
    }
  };
  for (const offset of [2n, 1n, 10n, -5n]) await ask(offset);
  await note();
  await ask(3n, 0, 0);
  await ask(4n, 0, 1);
  await ask(0n, 9);
  await ask(0n, 0, 2, `${name}-none`);
  await ask(-1n);
  await note();
}
