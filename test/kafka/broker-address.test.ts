import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { addressAsWritten, hostToConnect, throughClient } from '../../src/kafka/broker-address.ts';
import { newClient } from '../../src/kafka/client.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const configOf = (brokers: string[]): Parameters<typeof newClient>[0] => ({
  brokers,
  clientId: 'test-1',
  tls: null,
  sasl: null,
  connectTimeoutMs: 5000,
});

test('an IPv6 address has no colon on its way through the client, and is itself again at the socket and in the log', () => {
  for (const address of ['::1', '2001:db8::1:2', 'fe80::1%eth0.7']) {
    const through = throughClient(`[${address}]:9092`);
    assert.match(through, /^[^:]+:9092$/);
    const written = hostToConnect(through.split(':')[0] as string);
    assert.equal(written, address);
    assert.ok(isIPv6(written));
    assert.equal(addressAsWritten(through), `[${address}]:9092`);
  }
});

test('names and IPv4 addresses are left alone', () => {
  for (const address of ['127.0.0.1:9092', 'a.b-c_d:1']) {
    assert.equal(throughClient(address), address);
    assert.equal(addressAsWritten(address), address);
  }
  assert.equal(hostToConnect('127.0.0.1'), '127.0.0.1');
});

test('a client reaches a broker by its IPv6 address', async () => {
  await using broker = await EmbeddedBroker.start({ host: '::1', topics: { orders: 1 } });
  const admin = newClient(configOf([broker.bootstrap])).kafka.admin();
  await admin.connect();
  assert.deepEqual(await admin.listTopics(), ['orders']);
  await admin.disconnect();
});

test('the log names an IPv6 address as it was written', (t) => {
  const lines = signalsOf(t, 'kafka.log');
  const { kafka } = newClient(configOf(['[::1]:9092']));
  kafka.logger().error('Connection refused', { broker: '[++1]:9092' });
  assert.deepEqual(lines[0]?.fields, { broker: '[::1]:9092' });
});
