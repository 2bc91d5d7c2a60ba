import { addOffsetsToTxn } from '../../../src/broker/apis/add-offsets-to-txn.ts';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { fetch } from '../../../src/broker/apis/fetch.ts';
import { initProducerId } from '../../../src/broker/apis/init-producer-id.ts';
import { listOffsets } from '../../../src/broker/apis/list-offsets.ts';
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts';
import { produce } from '../../../src/broker/apis/produce.ts';
import { txnOffsetCommit } from '../../../src/broker/apis/txn-offset-commit.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { Batch, batchSizeAt } from '../../../src/broker/log/batch.ts';
import type { Decoded } from '../../../src/broker/wire/schema.ts';
import { type BatchFacts, batchOf } from '../../support/broker-batches.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';
import { openTopic } from './record-scripts.ts';
import type { Talk } from './talk.ts';

const RETRIED: ReadonlySet<string> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
]);

export interface Producer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** Asks until the answer is no longer that something is under way, which in Kafka takes a moment. */
export async function settled<A>(ask: () => Promise<A>, codeOf: (answer: A) => number): Promise<A> {
  let answer = await ask();
  await until(async () => {
    if (!RETRIED.has(errorName(codeOf(answer)))) return true;
    answer = await ask();
    return false;
  });
  return answer;
}

/** Asks for the id and the epoch of a producer. */
export function begin(
  client: BrokerClient,
  transactionalId: string | null,
  facts: object = {},
  version = 4,
): Promise<Decoded<(typeof initProducerId)['response']>> {
  const body = { transactionalId, transactionTimeoutMs: 60_000, ...facts };
  return settled(
    () => client.send(initProducerId, version, body),
    ({ errorCode }) => errorCode,
  );
}

/** Produces one batch; the name of its error, and its offset. */
export async function write(
  client: BrokerClient,
  name: string,
  facts: BatchFacts,
  {
    transactionalId = null,
    version = 9,
  }: { transactionalId?: string | null; version?: number } = {},
): Promise<string> {
  const partitionData = [{ index: 0, records: [batchOf(2, facts)] }];
  const { responses } = await settled(
    () =>
      client.send(produce, version, {
        transactionalId,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name, partitionData }],
      }),
    (answer) => answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1,
  );
  const [part] = responses[0]?.partitionResponses ?? [];
  return `${errorName(part?.errorCode ?? -1)} ${part?.baseOffset}`;
}

export async function idempotentProducer(talk: Talk): Promise<void> {
  const { name, client } = await openTopic(talk, 'idempotent', 1);
  const { errorCode, producerEpoch, producerId } = await begin(client, null);
  talk.note('a producer without transactions', [errorName(errorCode), producerEpoch]);
  const send = async (what: string, baseSequence: number, facts: BatchFacts = {}): Promise<void> =>
    talk.note(
      what,
      await write(client, name, { producerId, producerEpoch: 0, baseSequence, ...facts }),
    );
  await send('the first batch', 0);
  await send('the next', 2);
  await send('the next again', 2);
  await send('the first again', 0);
  await send('one too far', 7);
  await send('one that overlaps', 3);
  for (let sequence = 4; sequence < 16; sequence += 2) await send('more', sequence);
  await send('one of long ago', 0);
  await send('of a newer epoch in the middle', 16, { producerEpoch: 1 });
  await send('of a newer epoch from its start', 0, { producerEpoch: 1 });
  await send('of the epoch before', 16);
  await send('of an unknown producer in the middle', 5, { producerId: producerId + 900n });
}

export async function beginnings(talk: Talk): Promise<void> {
  const client = await talk.connect('begin');
  const id = talk.group('tx');
  for (let version = 0; version <= 5; version++) {
    const { errorCode, producerEpoch } = await begin(client, `${id}-${version}`, {}, version);
    talk.note(`InitProducerId ${version}`, [errorName(errorCode), producerEpoch]);
  }
  const note = async (what: string, transactionalId: string, facts: object, version = 4) => {
    const { errorCode, producerEpoch } = await begin(client, transactionalId, facts, version);
    talk.note(what, [errorName(errorCode), producerEpoch]);
  };
  await note('again', `${id}-4`, {});
  await note('without a name', '', {});
  await note('with too long a time', `${id}-4`, { transactionTimeoutMs: 900_001 });
  await note('with no time', `${id}-4`, { transactionTimeoutMs: 0 });
  const { producerId, producerEpoch } = await begin(client, `${id}-4`);
  await note('with what it has', `${id}-4`, { producerId, producerEpoch });
  await note('with another epoch', `${id}-4`, { producerId, producerEpoch: 90 });
  await note('with another epoch, of old', `${id}-4`, { producerId, producerEpoch: 90 }, 3);
  await note('with another id', `${id}-4`, { producerId: producerId + 900n, producerEpoch });
}

/** What a reader of committed records is told on its way to its end, and where that is. */
async function noteLog(
  talk: Talk,
  what: string,
  client: BrokerClient,
  name: string,
  isOpen = false,
): Promise<void> {
  const read = async (fetchOffset: bigint) => {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }];
    const topics = [{ topic: name, partitions }];
    const body = { maxWaitMs: 0, minBytes: 1, isolationLevel: 1, topics };
    return (await client.send(fetch, 11, body)).responses[0]?.partitions[0];
  };
  // Kafka ends transactions behind the answer that says so.
  await until(async () => {
    const part = await read(0n);
    return isOpen || part?.lastStableOffset === part?.highWatermark;
  });
  const aborted = new Set<bigint>();
  let next = 0n;
  for (let part = await read(next); part?.records?.length; part = await read(next)) {
    for (const { firstOffset } of part.abortedTransactions ?? []) aborted.add(firstOffset);
    for (let at = 0; at < part.records.length; at += batchSizeAt(part.records, at) ?? 0) {
      next = new Batch(part.records.subarray(at)).lastOffset + 1n;
    }
  }
  const ends = await client.send(listOffsets, 7, {
    isolationLevel: 1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  });
  talk.note(what, [next, [...aborted], ends.topics[0]?.partitions[0]?.offset]);
}

export async function transactions(talk: Talk): Promise<void> {
  const { name, client } = await openTopic(talk, 'transactions', 1);
  const transactionalId = talk.group('tx');
  const producer: Producer = await begin(client, transactionalId);
  const claim = { transactionalId, ...pick(producer) };
  const batch = (baseSequence: number): BatchFacts => ({
    attributes: 0x10,
    baseSequence,
    ...pick(producer),
  });
  const end = async (what: string, committed: boolean, facts: object = {}, version = 3) => {
    const { errorCode } = await settled(
      () => client.send(endTxn, version, { ...claim, committed, ...facts }),
      (answer) => answer.errorCode,
    );
    talk.note(what, errorName(errorCode));
  };
  const add = async (what: string, topic: string, facts: object = {}, version = 3) => {
    const { resultsByTopic } = await settled(
      () =>
        client.send(addPartitionsToTxn, version, {
          ...claim,
          topics: [{ name: topic, partitions: [0] }],
          ...facts,
        }),
      (answer) => answer.resultsByTopic[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1,
    );
    const [result] = resultsByTopic[0]?.resultsByPartition ?? [];
    talk.note(what, errorName(result?.partitionErrorCode ?? -1));
  };
  await end('to commit what was not begun', true);
  await end('to abort what was not begun', false);
  await add('a topic that is not there', 'g-not-there');
  await add('a partition of another producer', name, { producerId: producer.producerId + 900n });
  await add('a partition of another epoch', name, { producerEpoch: 90 });
  await add('a partition of another epoch, of old', name, { producerEpoch: 90 }, 1);
  await add('a partition', name);
  talk.note('written', await write(client, name, batch(0), { transactionalId }));
  await noteLog(talk, 'while it is open', client, name, true);
  await end('to end with another epoch', true, { producerEpoch: 90 });
  await end('to commit', true);
  await end('to commit again', true);
  await end('to abort what is committed', false);
  await noteLog(talk, 'after the commit', client, name);
  await add('a partition of the next one', name);
  talk.note('written', await write(client, name, batch(2), { transactionalId }));
  talk.note('written without a transaction', await write(client, name, {}));
  await end('to abort', false);
  await noteLog(talk, 'after the abort', client, name);
  await add('a partition of one more', name);
  talk.note('written', await write(client, name, batch(4), { transactionalId }));
  const next = await begin(client, transactionalId);
  talk.note('the next producer', next.producerEpoch > producer.producerEpoch);
  await noteLog(talk, 'after the next producer has come', client, name);
  talk.note('written by the first', await write(client, name, batch(6), { transactionalId }));
  await end('to commit by the first', true);
}

export async function transactionalOffsets(talk: Talk): Promise<void> {
  const { name, client } = await openTopic(talk, 'offsets', 1);
  const [transactionalId, groupId] = [talk.group('tx'), talk.group('group')];
  const claim = { transactionalId, ...pick(await begin(client, transactionalId)) };
  const commit = async (what: string, facts: object = {}) => {
    const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: 'note' }];
    const { topics } = await settled(
      () =>
        client.send(txnOffsetCommit, 3, {
          ...claim,
          groupId,
          topics: [{ name, partitions }],
          ...facts,
        }),
      (answer) => answer.topics[0]?.partitions[0]?.errorCode ?? -1,
    );
    talk.note(what, errorName(topics[0]?.partitions[0]?.errorCode ?? -1));
  };
  const committed = async (what: string, requireStable: boolean) => {
    const body = { groupId, topics: [{ name, partitionIndexes: [0] }], requireStable };
    const { topics } = await client.send(offsetFetch, 7, body);
    const [part] = topics[0]?.partitions ?? [];
    talk.note(what, [errorName(part?.errorCode ?? -1), part?.committedOffset]);
  };
  for (const isCommitted of [false, true]) {
    const { errorCode } = await settled(
      () => client.send(addOffsetsToTxn, 3, { ...claim, groupId }),
      (answer) => answer.errorCode,
    );
    talk.note('offsets are added', errorName(errorCode));
    await commit('offsets of nobody');
    await commit('offsets of a member that is not there', { memberId: 'me', generationId: 3 });
    await committed('while it is open', false);
    await committed('while it is open, to be stable', true);
    await settled(
      () => client.send(endTxn, 3, { ...claim, committed: isCommitted }),
      (answer) => answer.errorCode,
    );
    await until(async () => {
      const body = { groupId, topics: [{ name, partitionIndexes: [0] }], requireStable: true };
      const { topics } = await client.send(offsetFetch, 7, body);
      return topics[0]?.partitions[0]?.errorCode === 0;
    });
    await committed(isCommitted ? 'after the commit' : 'after the abort', true);
  }
}

const pick = ({ producerId, producerEpoch }: Producer): Producer => ({ producerId, producerEpoch });
