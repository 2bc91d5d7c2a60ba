/** The layout of Fetch, apart since what reads for it is apart too. */
export const fetchRequest = {
  replicaId: 'int32 0-14 = -1',
  maxWaitMs: 'int32',
  minBytes: 'int32',
  maxBytes: 'int32 = 2147483647',
  isolationLevel: 'int8 = 0',
  sessionId: 'int32 7+ = 0',
  sessionEpoch: 'int32 7+ = -1',
  topics: [
    {
      topicId: 'uuid 13+ = zero',
      topic: 'string 0-12 = ""',
      partitions: [
        {
          partition: 'int32',
          currentLeaderEpoch: 'int32 9+ = -1',
          fetchOffset: 'int64',
          lastFetchedEpoch: 'int32 12+ = -1',
          logStartOffset: 'int64 5+ = -1',
          partitionMaxBytes: 'int32',
          replicaDirectoryId: 'uuid 17+ tag 0',
          highWatermark: 'int64 18+ tag 1 = 9223372036854775807',
        },
      ],
    },
  ],
  forgottenTopicsData: [
    {
      $: '7+ = []',
      topicId: 'uuid 13+ = zero',
      topic: 'string 7-12 = ""',
      partitions: ['int32'],
    },
  ],
  rackId: 'string 11+ = ""',
  clusterId: 'string? 12+ tag 0 = null',
  replicaState: { $: '15+ tag 1', replicaId: 'int32 = -1', replicaEpoch: 'int64 = -1' },
} as const;

export const fetchResponse = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 7+ = 0',
  sessionId: 'int32 7+ = 0',
  responses: [
    {
      topicId: 'uuid 13+ = zero',
      topic: 'string 0-12 = ""',
      partitions: [
        {
          partitionIndex: 'int32',
          errorCode: 'int16 = 0',
          highWatermark: 'int64',
          lastStableOffset: 'int64 = -1',
          logStartOffset: 'int64 5+ = -1',
          abortedTransactions: [{ $: '? = null', producerId: 'int64', firstOffset: 'int64' }],
          preferredReadReplica: 'int32 11+ = -1',
          records: 'records?',
          divergingEpoch: { $: '12+ tag 0', epoch: 'int32 = -1', endOffset: 'int64 = -1' },
          currentLeader: { $: '12+ tag 1', leaderId: 'int32 = -1', leaderEpoch: 'int32 = -1' },
          snapshotId: { $: '12+ tag 2', endOffset: 'int64 = -1', epoch: 'int32 = -1' },
        },
      ],
    },
  ],
  nodeEndpoints: [
    { $: '16+ tag 0', nodeId: 'int32', host: 'string', port: 'int32', rack: 'string? = null' },
  ],
} as const;
