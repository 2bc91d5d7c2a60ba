import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { type Broker, isCluster, openCluster } from '../../../src/kafka/seam/cluster.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';
import { FakeKafka } from '../../support/fake-kafka.ts';

const require = createRequire(import.meta.url);

describe('openCluster', () => {
  it("gives a cluster of kafkajs's with everything that we call, without a connection", () => {
    const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
    const [one, two] = [openCluster(kafka, 'g', 1000), openCluster(kafka, 'g', 1000)];
    assert.equal(isCluster(one), true);
    assert.notEqual(one, two);
  });

  it('never lets a topic be created by looking it up, and looks again as often as it is told', () => {
    const kafka = new FakeKafka(new FakeCluster());
    const cluster = openCluster(kafka.asKafka, 'orders-svc', 1234);
    assert.equal(cluster, kafka.last.cluster);
    const { groupId, allowAutoTopicCreation, metadataMaxAge } = kafka.last.config;
    assert.deepEqual(
      [groupId, allowAutoTopicCreation, metadataMaxAge],
      ['orders-svc', false, 1234],
    );
    assert.deepEqual(kafka.last.calls, []);
  });

  it('refuses to go on when kafkajs hands over something else', () => {
    const cluster = new FakeCluster();
    Object.assign(cluster, { removeBroker: undefined });
    const kafka = {
      consumer: (config: { partitionAssigners: [(of: object) => unknown] }) =>
        config.partitionAssigners[0]({ cluster }),
    };
    assert.throws(() => openCluster(kafka as unknown as Kafka, 'g', 1000), { code: 'MR900' });
  });
});

describe('isCluster', () => {
  it('misses any one of the methods that we call', () => {
    const whole = new FakeCluster();
    assert.equal(isCluster(whole), true);
    assert.equal(isCluster(undefined), false);
    const untargeted = Object.assign(new FakeCluster(), { targetTopics: undefined });
    assert.equal(isCluster(untargeted as unknown as FakeCluster), false);
    const methods = [
      'connect',
      'disconnect',
      'findBroker',
      'findGroupCoordinator',
      'refreshMetadata',
      'refreshMetadataIfNecessary',
      'addMultipleTargetTopics',
      'findTopicPartitionMetadata',
      'metadata',
      'removeBroker',
    ];
    for (const name of methods) {
      const cluster = Object.assign(new FakeCluster(), { [name]: undefined });
      assert.equal(isCluster(cluster), false, name);
    }
  });
});

describe("kafkajs's broker", () => {
  it('has the methods that we call and replace', () => {
    const { prototype } = require('kafkajs/src/broker') as { prototype: Record<string, unknown> };
    const methods: readonly (keyof Broker)[] = [
      'heartbeat',
      'joinGroup',
      'syncGroup',
      'leaveGroup',
      'offsetFetch',
      'fetch',
    ];
    for (const name of methods) assert.equal(typeof prototype[name], 'function', name);
  });
});
