import type { Api, RequestContext } from '../api.ts';
import { appendProduced } from '../append-produced.ts';
import { ERROR, Refusal } from '../errors.ts';
import { BATCH_HEADER_BYTES, Batch } from '../log/batch.ts';
import { TimesRefused } from '../log/door.ts';
import { isInternalTopic } from '../topic.ts';
import { inTermsOf } from '../transactions/in-terms-of.ts';
import { MalformedFrame } from '../wire/malformed-frame.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import { endpointsOf, leaderToTell, partitionHere, topicWanted } from './partition-here.ts';

const request = {
  transactionalId: 'string?',
  acks: 'int16',
  timeoutMs: 'int32',
  topicData: [
    {
      topicId: 'uuid 13+ = zero',
      name: 'string 0-12 = ""',
      partitionData: [{ index: 'int32', records: 'records?' }],
    },
  ],
} as const;

const response = {
  responses: [
    {
      topicId: 'uuid 13+ = zero',
      name: 'string 0-12 = ""',
      partitionResponses: [
        {
          index: 'int32',
          errorCode: 'int16 = 0',
          baseOffset: 'int64',
          logAppendTimeMs: 'int64 = -1',
          logStartOffset: 'int64 5+ = -1',
          recordErrors: [
            { $: '8+ = []', batchIndex: 'int32', batchIndexErrorMessage: 'string? = null' },
          ],
          errorMessage: 'string? 8+ = null',
          currentLeader: { $: '10+ tag 0', leaderId: 'int32 = -1', leaderEpoch: 'int32 = -1' },
        },
      ],
    },
  ],
  throttleTimeMs: 'int32 = 0',
  nodeEndpoints: [
    { $: '10+ tag 0', nodeId: 'int32', host: 'string', port: 'int32', rack: 'string? = null' },
  ],
} as const;

export const produce: Api<typeof request, typeof response> = {
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  // As Kafka since 4.0: librdkafka takes a broker that does not tell of version 0 for one that knows no compression.
  toldFrom: 0,
  flexibleFrom: 9,
  request,
  response,
  handle(asked, context) {
    const { acks, topicData, transactionalId } = asked;
    const sent = topicData.flatMap(({ partitionData }) => partitionData);
    if (sent.some(({ records }) => records === null || records.length === 0)) {
      throw new MalformedFrame('A partition comes without records.');
    }
    if (transactionalId === null && sent.some(({ records }) => isTransactional(records))) {
      throw new Refusal('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    }
    const responses = topicData
      .filter(({ partitionData }) => partitionData.length > 0)
      .map((topic) => ({
        topicId: topic.topicId,
        name: topic.name,
        partitionResponses: topic.partitionData.map((part) => append(topic, part, asked, context)),
      }));
    const answers = responses.flatMap(({ partitionResponses }) => partitionResponses);
    const isWrong = answers.some(({ errorCode = ERROR.NONE }) => errorCode !== ERROR.NONE);
    if (acks === 0) {
      // Nobody reads an answer, so that the connection ends is the only way to tell of an error.
      if (isWrong) context.connection.close();
      return null;
    }
    const leaders = answers.map(({ currentLeader }) => currentLeader);
    return { responses, nodeEndpoints: endpointsOf(context, leaders) };
  },
  refuse({ acks, topicData }, { code, text }) {
    if (acks === 0) return null;
    return {
      responses: topicData.map(({ topicId, name, partitionData }) => ({
        topicId,
        name,
        partitionResponses: partitionData.map(({ index }) => failed(index, code, text)),
      })),
    };
  },
};

type Asked = Decoded<typeof request>;
type Topic = Asked['topicData'][number];
type Part = Topic['partitionData'][number];
type PartAnswer = Encoded<typeof response>['responses'][number]['partitionResponses'][number];

function isTransactional(records: Buffer | null): boolean {
  return (
    records !== null && records.length > BATCH_HEADER_BYTES && new Batch(records).isTransactional
  );
}

function append(topic: Topic, part: Part, asked: Asked, context: RequestContext): PartAnswer {
  const { index, records } = part;
  const { acks, transactionalId } = asked;
  const { cluster, version } = context;
  try {
    if (isInternalTopic(topic.name)) throw new Refusal('INVALID_TOPIC_EXCEPTION');
    const known = topicWanted(context, { name: topic.name, id: topic.topicId });
    if (!ACKS.includes(acks)) throw new Refusal('INVALID_REQUIRED_ACKS');
    const partition = partitionHere(context, known, index, { leaderEpoch: -1 });
    if (transactionalId !== null && records && isTransactional(records)) {
      checkTransaction(transactionalId, new Batch(records), { topic: known.name, index }, context);
    }
    const terms = { needsAllReplicas: acks === -1, allowsZstd: version >= ZSTD_FROM };
    const appended = appendProduced(cluster, known, partition, records ?? NOTHING, terms);
    return { index, ...appended, logStartOffset: partition.log.startOffset };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const currentLeader = leaderToTell(error);
    const recordErrors = error instanceof TimesRefused ? error.recordErrors : [];
    return { ...failed(index, error.code, error.text), recordErrors, currentLeader };
  }
}

/** Throws when the producer may not write to the partition in its transaction, in the terms of the version (KIP-890). */
function checkTransaction(
  transactionalId: string,
  { producerId, producerEpoch: epoch }: Batch,
  place: { topic: string; index: number },
  { cluster, version }: RequestContext,
): void {
  const claim = { transactionalId, producerId, epoch };
  inTermsOf(version, ABORTABLE_FROM, () =>
    cluster.transactions.checkWrite(claim, place, version >= ADDS_FROM),
  );
}

/** First version of clients that know TRANSACTION_ABORTABLE, and first in which a write adds the partition by itself. */
const ABORTABLE_FROM = 11;
const ADDS_FROM = 12;

/** First version of clients that know zstd (KIP-110). */
const ZSTD_FROM = 7;
const ACKS: readonly number[] = [-1, 0, 1];
const NOTHING = Buffer.alloc(0);

const failed = (index: number, errorCode: number, errorMessage: string | null): PartAnswer => ({
  index,
  errorCode,
  errorMessage,
  baseOffset: -1n,
});
