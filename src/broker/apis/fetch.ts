import type { Api, RequestContext } from '../api.ts';
import { ERROR } from '../errors.ts';
import { waitFor } from '../wait-for.ts';
import type { Encoded } from '../wire/schema.ts';
import { type Reading, readAll, refusedPart } from './fetch-reading.ts';
import { fetchRequest, fetchResponse } from './fetch-schema.ts';
import { endpointsOf } from './partition-here.ts';

export const fetch: Api<typeof fetchRequest, typeof fetchResponse> = {
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexibleFrom: 12,
  request: fetchRequest,
  response: fetchResponse,
  async handle(asked, context) {
    const { sessionEpoch, maxWaitMs } = asked;
    // No sessions are kept, so none can be gone on with; clients that are told so ask without.
    if (sessionEpoch !== INITIAL_EPOCH && sessionEpoch !== FINAL_EPOCH) {
      return { errorCode: ERROR.FETCH_SESSION_ID_NOT_FOUND, responses: [] };
    }
    const { cluster, connection } = context;
    let reading = readAll(asked, context);
    await waitFor({
      clock: cluster.clock,
      timeoutMs: maxWaitMs,
      bells: [connection.closed, ...reading.partitions.map(({ changed }) => changed)],
      isOver() {
        if (connection.isClosed) return true;
        reading = readAll(asked, context);
        return reading.isEnough;
      },
    });
    // Time may have gone by, and what is there when it is over goes out.
    if (!reading.isEnough) reading = readAll(asked, context);
    return answerOf(reading, context);
  },
  refuse: ({ topics }, { code }) => ({
    errorCode: code,
    responses: topics.map(({ topicId, topic, partitions }) => ({
      topicId,
      topic,
      partitions: partitions.map(({ partition }) => refusedPart(partition, code)),
    })),
  }),
};

/** Session epochs: a request that begins a session or has none, and one that ends it. */
const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;

function answerOf({ topics }: Reading, context: RequestContext): Encoded<typeof fetchResponse> {
  const leaders = topics.flatMap(({ partitions }) => partitions.map((part) => part.currentLeader));
  return { responses: topics, nodeEndpoints: endpointsOf(context, leaders) };
}
