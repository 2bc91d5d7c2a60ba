import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offsetCommitRequest } from '../../../src/kafka/seam/offset-commit-request.ts';
import { readRequest } from '../../support/fake-wire.ts';

describe('offsetCommitRequest', () => {
  for (const instanceId of ['pod-0', null]) {
    it(`is OffsetCommit 7 with the instance id ${instanceId}`, async () => {
      const request = offsetCommitRequest({
        groupId: 'g',
        groupGenerationId: 4,
        memberId: 'm-1',
        groupInstanceId: instanceId,
        topics: [
          {
            topic: 'orders',
            partitions: [
              { partition: 0, offset: '9007199254740993', metadata: 'by a test' },
              { partition: 1, offset: '0', metadata: null },
            ],
          },
        ],
      });
      assert.deepEqual(
        [request.apiName, request.apiKey, request.apiVersion],
        ['OffsetCommit', 8, 7],
      );
      const { buffer } = (await request.encode()) as { buffer: Buffer };
      assert.deepEqual(readRequest('OffsetCommit', buffer), {
        groupId: 'g',
        generation: 4,
        memberId: 'm-1',
        instanceId,
        partitions: [
          { topic: 'orders', partition: 0, offset: 9_007_199_254_740_993n, metadata: 'by a test' },
          { topic: 'orders', partition: 1, offset: 0n, metadata: null },
        ],
      });
    });
  }
});
