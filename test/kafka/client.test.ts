import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KafkaConfig } from '../../src/contract/config.ts';
import { dropBroker, newClient } from '../../src/kafka/client.ts';
import { clientError, FakeCluster } from '../support/fake-cluster.ts';
import { FakeClient } from '../support/fake-kafka.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const configOf = (overrides: Partial<KafkaConfig> = {}): KafkaConfig => ({
  brokers: ['127.0.0.1:9092'],
  clientId: 'test-1',
  tls: null,
  sasl: null,
  connectTimeoutMs: 5000,
  ...overrides,
});

describe('newClient', () => {
  it('makes a client without a connection and without an error', () => {
    const { kafka, lastError } = newClient(configOf());
    assert.equal(typeof kafka.consumer, 'function');
    assert.equal(lastError, null);
  });

  it('names the key and the file of a certificate that can not be read', () => {
    for (const key of ['caFile', 'certFile', 'keyFile']) {
      const tls = { rejectUnauthorized: true, [key]: '/nowhere/file.pem' };
      assert.throws(() => newClient(configOf({ tls })), {
        code: 'MR302',
        exit: 78,
        message: `kafka.tls.${key}: /nowhere/file.pem can't be read.`,
      });
    }
  });

  it("turns the client's log into signals, and remembers its last error", (t) => {
    const lines = signalsOf(t, 'kafka.log');
    const client = newClient(configOf());
    const logger = client.kafka.logger().namespace('Connection');
    logger.error('Connection refused', { broker: 'one:9092' });
    logger.warn('slow');
    logger.info('joined');
    logger.error('Response Heartbeat(key: 12, version: 3)');
    logger.warn('slow again');
    assert.deepEqual(
      lines.map(({ level, message }) => `${level} ${message}`),
      [
        'error Connection: Connection refused',
        'warn Connection: slow',
        'debug Connection: joined',
        'debug Connection: Response Heartbeat(key: 12, version: 3)',
        'warn Connection: slow again',
      ],
    );
    assert.deepEqual(lines[0]?.fields, { broker: 'one:9092' });
    assert.equal(client.lastError, 'Response Heartbeat(key: 12, version: 3)');
  });
});

describe('newClient, before a broker has answered', () => {
  it('warns of the first error, and keeps what follows for debugging', (t) => {
    const lines = signalsOf(t, 'kafka.log');
    const client = newClient(configOf());
    client.isStarting = true;
    const logger = client.kafka.logger();
    for (let i = 0; i < 3; i++) logger.error('Connection refused');
    client.isStarting = false;
    logger.error('Connection lost');
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['warn', 'debug', 'debug', 'error'],
    );
  });
});

describe('dropBroker', () => {
  it('forgets the connections of a broker, and cuts them when it did not answer in time', () => {
    for (const [name, cuts] of [
      ['KafkaJSConnectionError', []],
      ['KafkaJSRequestTimeoutError', ['host-2:9092']],
    ] as const) {
      const [client, cluster] = [new FakeClient(), new FakeCluster()];
      dropBroker(client, cluster, cluster.broker(2), clientError(name));
      assert.deepEqual(cluster.log, ['remove host-2:9092']);
      assert.deepEqual(client.cuts, cuts);
    }
  });
});
