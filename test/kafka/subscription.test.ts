import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceConfig } from '../../src/contract/config.ts';
import { resolveTopics } from '../../src/kafka/subscription.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { pipelineOf } from '../support/pipeline.ts';

const sourceOf = (overrides: Partial<SourceConfig>): SourceConfig => ({
  ...pipelineOf().source,
  ...overrides,
});
const matching = (pattern: RegExp): SourceConfig => sourceOf({ topics: [], pattern });

/** A cluster that refuses to look up the topic `bad` with this error of the protocol. */
function refusing(type: string): FakeCluster {
  const cluster = new FakeCluster({ good: [1] });
  cluster.onAddTopics = ([topic]) =>
    topic === 'bad' ? Promise.reject(Object.assign(new Error(type), { type })) : Promise.resolve();
  return cluster;
}

describe('resolveTopics, of names', () => {
  it('gives the names in their order, each looked up', async () => {
    const cluster = new FakeCluster({ b: [1], a: [1] });
    assert.deepEqual(await resolveTopics(cluster, sourceOf({ topics: ['b', 'a'] })), ['b', 'a']);
    assert.deepEqual(cluster.log, ['topics b', 'topics a']);
  });

  for (const type of ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']) {
    it(`names the topic that does not exist, with exit code 78, on ${type}`, async () => {
      await assert.rejects(
        resolveTopics(refusing(type), sourceOf({ topics: ['good', 'bad'] })),
        (error: Record<string, unknown>) => {
          assert.deepEqual(
            [error['code'], error['exit'], error['facts']],
            ['MR303', 78, { topic: 'bad' }],
          );
          return true;
        },
      );
    });
  }

  it('names the topic that may not be described, with exit code 77', async () => {
    await assert.rejects(
      resolveTopics(refusing('TOPIC_AUTHORIZATION_FAILED'), sourceOf({ topics: ['good', 'bad'] })),
      { code: 'MR304', exit: 77, facts: { topic: 'bad' } },
    );
  });

  it('passes any other error on as it is', async () => {
    await assert.rejects(
      resolveTopics(refusing('LEADER_NOT_AVAILABLE'), sourceOf({ topics: ['bad'] })),
      { type: 'LEADER_NOT_AVAILABLE', name: 'Error' },
    );
  });
});

describe('resolveTopics, of a pattern', () => {
  it('gives what matches now, sorted, and looks those up at once', async () => {
    const cluster = new FakeCluster({ 'orders-b': [1], bills: [1], 'orders-a': [1] });
    const topics = await resolveTopics(cluster, matching(/^orders-/));
    assert.deepEqual(topics, ['orders-a', 'orders-b']);
    assert.deepEqual(cluster.log, ['metadata ', 'topics orders-a,orders-b']);
  });

  it('never takes topics of Kafka itself, even when they match', async () => {
    const cluster = new FakeCluster();
    cluster.onMetadata = () =>
      Promise.resolve([
        { topic: '__consumer_offsets' },
        { topic: 'secret', isInternal: true },
        { topic: '_mine', isInternal: false },
      ]);
    assert.deepEqual(await resolveTopics(cluster, matching(/./)), ['_mine']);
  });

  it('gives nothing and looks nothing up when nothing matches', async () => {
    const cluster = new FakeCluster({ bills: [1] });
    assert.deepEqual(await resolveTopics(cluster, matching(/^orders-/)), []);
    assert.deepEqual(cluster.log, ['metadata ']);
  });

  it('rejects when the topics can not be listed', async () => {
    const cluster = new FakeCluster();
    cluster.onMetadata = () => Promise.reject(new Error('no broker'));
    await assert.rejects(resolveTopics(cluster, matching(/./)), { message: 'no broker' });
  });
});
