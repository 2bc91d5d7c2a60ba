import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceConfig } from '../../src/contract/config.ts';
import { type Ask, requestOf } from '../../src/kafka/fetch-ask.ts';
import { fetchRequest } from '../../src/kafka/seam/internals.ts';
import { heldOf } from '../support/fake-epoch.ts';
import { type Requests, readRequest } from '../support/fake-wire.ts';
import { pipelineOf } from '../support/pipeline.ts';

const { source } = pipelineOf();

function ask(topic: string, partition: number, position: bigint, bytes = 1000): Ask {
  const held = heldOf(topic, partition, position);
  return { held, epoch: held.epoch, bytes };
}

/** What a broker reads from the request. */
async function seen(
  overrides: Partial<SourceConfig>,
  asks: readonly Ask[],
  isHeldBack = false,
): Promise<Requests['Fetch']> {
  const request = fetchRequest(requestOf({ ...source, ...overrides }, asks, isHeldBack));
  assert.equal(request.apiVersion, 11);
  const { buffer } = (await request.encode()) as { buffer: Buffer };
  return readRequest('Fetch', buffer);
}

describe('requestOf', () => {
  it('asks for each partition from the position of its epoch, in the order given', async () => {
    const { partitions } = await seen({}, [
      ask('orders', 3, 41n, 500),
      ask('orders', 0, 2n ** 62n, 700),
      ask('bills', 3, 0n, 900),
    ]);
    assert.deepEqual(partitions, [
      { topic: 'orders', partition: 3, leaderEpoch: -1, offset: 41n, maxBytes: 500 },
      { topic: 'orders', partition: 0, leaderEpoch: -1, offset: 2n ** 62n, maxBytes: 700 },
      { topic: 'bills', partition: 3, leaderEpoch: -1, offset: 0n, maxBytes: 900 },
    ]);
  });

  it('asks as a consumer without a fetch session and without a rack, within the limits of the source', async () => {
    const fetch = { maxBytes: 5000, maxPartitionBytes: 99, maxWaitMs: 250, minBytes: 17 };
    const { partitions: _, isolation: __, ...head } = await seen({ fetch }, [ask('orders', 0, 0n)]);
    assert.deepEqual(head, {
      replicaId: -1,
      maxWaitMs: 250,
      minBytes: 17,
      maxBytes: 5000,
      sessionId: 0,
      sessionEpoch: -1,
      rackId: '',
    });
  });

  it('asks for what is committed only, or for everything', async () => {
    const asks = [ask('orders', 0, 0n)];
    assert.equal((await seen({ isolationLevel: 'readCommitted' }, asks)).isolation, 1);
    assert.equal((await seen({ isolationLevel: 'readUncommitted' }, asks)).isolation, 0);
  });

  it('lets the broker wait 5 ms at most while a partition is held back, and never longer than configured', async () => {
    const asks = [ask('orders', 0, 0n)];
    assert.equal((await seen({}, asks, true)).maxWaitMs, 5);
    const fetch = { ...source.fetch, maxWaitMs: 2 };
    assert.equal((await seen({ fetch }, asks, true)).maxWaitMs, 2);
  });
});
