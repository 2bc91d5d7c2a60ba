/** The answer to an OffsetFetch of kafkajs: offset 0 for all that it asks for. */
export function zeroOffsets(request: Record<string, unknown>): unknown {
  const topics = request['topics'] as { topic: string; partitions: { partition: number }[] }[];
  return {
    errorCode: 0,
    responses: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        partition,
        offset: '0',
        metadata: null,
        errorCode: 0,
      })),
    })),
  };
}
