import { createPartitions } from '../../../src/broker/apis/create-partitions.ts';
import { createTopics } from '../../../src/broker/apis/create-topics.ts';
import { fetch } from '../../../src/broker/apis/fetch.ts';
import { produce } from '../../../src/broker/apis/produce.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { openTopic } from './record-scripts.ts';
import type { Script } from './talk.ts';

interface Difference {
  readonly what: string;
  readonly why: string;
  /** Shows it: the two answer otherwise. Not for what would leave Kafka waiting, or needs luck. */
  readonly script?: Script;
}

/**
 * Where the embedded broker means to differ from Kafka 4.1, and why. The scripts of this folder leave these out; whatever else
 * differs is a fault.
 */
export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'Records are not decoded when they come in: junk inside a sound batch is taken, and so are records whose count or times are not those of the header.',
    why: 'The log keeps batches as bytes, whatever their compression; consumers find out.',
    async script(talk) {
      const { name, client } = await openTopic(talk, 'junk', 1);
      const records = [batchOf([{ value: 'a' }], { lastOffsetDelta: 1, recordCount: 2 })];
      const topicData = [{ name, partitionData: [{ index: 0, records }] }];
      const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData };
      const { responses } = await client.send(produce, 9, body);
      talk.note('junk', responses[0]?.partitionResponses[0]?.errorCode);
    },
  },
  {
    what: 'A time inside a batch that is compressed with snappy, lz4 or zstd is found as the first record of the batch.',
    why: 'The broker brings no decompressors of its own.',
  },
  {
    what: 'Topics, partitions, leaders and configs are as they will be when the request that changes them is answered; a topic that is created by being asked for is told at once.',
    why: 'There is one state, in one process; Kafka answers UNKNOWN_TOPIC_OR_PARTITION until its controller is done.',
  },
  {
    what: 'Fetch keeps no sessions: the session id is always 0.',
    why: 'They save bytes between machines; clients go on without.',
    async script(talk) {
      const { name, client } = await openTopic(talk, 'session', 1);
      const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }];
      const topics = [{ topic: name, partitions }];
      const body = { maxWaitMs: 0, minBytes: 1, sessionEpoch: 0, topics };
      talk.note('session', (await client.send(fetch, 12, body)).sessionId !== 0);
    },
  },
  {
    what: 'A fetch of a replica is answered as that of a consumer, and an unknown isolation level as that of uncommitted records.',
    why: 'Nothing replicates here.',
  },
  {
    what: 'A partition without records in a Produce, for which Kafka never answers, ends the connection.',
    why: 'A client that waits for ever helps nobody.',
  },
  {
    what: 'A resource that comes twice in AlterConfigs is refused as in IncrementalAlterConfigs; Kafka never answers.',
    why: 'As above.',
  },
  {
    what: 'The internal topics __consumer_offsets and __transaction_state are not there, and not among the partitions of a transaction.',
    why: 'Groups and transactions keep their state in memory.',
  },
  {
    what: 'The start of the log is not told with the errors of a Produce.',
    why: 'Kafka tells it with some and not with others; no client reads it.',
  },
  {
    what: 'The record with the largest time is looked for only among those that have not been deleted.',
    why: 'Kafka looks into whole segments.',
  },
  {
    what: 'Configs have no documentation; compression.gzip.level 0, the format of throttled replicas and remote.storage.enable are not checked; a number is told in an error as it was given.',
    why: 'They have no effect here.',
    async script(talk) {
      const client = await talk.connect('configs');
      const configs = [{ name: 'compression.gzip.level', value: '0' }];
      const wish = { name: 'any', numPartitions: 1, replicationFactor: 1, configs };
      const body = { topics: [wish], validateOnly: true };
      talk.note('gzip', (await client.send(createTopics, 7, body)).topics[0]?.errorCode);
    },
  },
  {
    what: 'More than 10,000 new partitions for a topic are refused with POLICY_VIOLATION in CreatePartitions too, and each topic of a request is counted for itself.',
    why: 'Kafka answers UNKNOWN_SERVER_ERROR.',
    async script(talk) {
      const { name, client } = await openTopic(talk, 'huge', 1);
      const topics = [{ name, count: 20_000, assignments: null }];
      const { results } = await client.send(createPartitions, 3, { topics, validateOnly: true });
      talk.note('huge', results[0]?.errorCode);
    },
  },
  {
    what: 'Each write and each commit of offsets in a transaction is checked against it, by group and not by partition of __consumer_offsets; Kafka does not look again while it knows the partition to be in a transaction of the producer.',
    why: 'It costs nothing here, and finds a client that mixes up its names.',
  },
  {
    what: 'A transaction is ended when the request that ends it is answered, also in partitions without a leader: CONCURRENT_TRANSACTIONS is never told.',
    why: 'There is one state, in one process.',
  },
  {
    what: 'When records are deleted out of an open transaction up to the middle of a batch, the last stable offset is the start of the log; in Kafka it is that of the batch.',
    why: 'Nothing can be read below the start.',
  },
  {
    what: 'Of the features of the cluster ApiVersions tells only transaction.version.',
    why: 'The others are levels of Kafka’s own metadata, and of groups that are not there.',
  },
];

/** APIs that Kafka speaks to clients and the embedded broker does not yet, by their keys. */
export const UNSPOKEN: ReadonlySet<number> = new Set([
  27, 29, 30, 31, 34, 35, 38, 39, 40, 41, 43, 45, 46, 48, 49, 50, 51, 55, 57, 64, 68, 69, 71, 72,
  74, 75, 76, 77, 78, 79, 80, 81, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92,
]);
