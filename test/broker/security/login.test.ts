import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { saslAuthenticate } from '../../../src/broker/apis/sasl-authenticate.ts';
import { saslHandshake } from '../../../src/broker/apis/sasl-handshake.ts';
import { EmbeddedBroker } from '../../../src/broker/broker.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerClient } from '../../support/broker-client.ts';
import { type Certificate, selfSigned } from '../../support/certificate.ts';

const users = { ann: 'secret' };

/** A broker that wants a login, with TLS if there is a certificate. */
const start = (certificate?: Certificate): Promise<EmbeddedBroker> =>
  EmbeddedBroker.start({ sasl: { users }, ...(certificate ? { tls: certificate } : {}) });

/** The topics that kafkajs lists with these settings. */
async function list(broker: EmbeddedBroker, config: Partial<KafkaConfig>): Promise<string[]> {
  const kafka = new Kafka({
    brokers: [broker.bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...config,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
  // A new object each time: kafkajs keeps what it has made of one in it.
  const login = (password: string) => ({
    sasl: { mechanism, username: 'ann', password } as SASLOptions,
  });

  test(`a client logs in by ${mechanism}, with TLS and without`, async () => {
    const certificate = selfSigned();
    await using broker = await start();
    assert.deepEqual(await list(broker, login('secret')), []);
    await using safe = await start(certificate);
    assert.deepEqual(await list(safe, { ...login('secret'), ssl: { ca: certificate.cert } }), []);
  });

  test(`a wrong password is refused by ${mechanism}`, async () => {
    await using broker = await start();
    await assert.rejects(list(broker, login('wrong')), { name: 'KafkaJSSASLAuthenticationError' });
  });
}

test('a client that does not log in gets nothing but its connection closed', async () => {
  await using broker = await start();
  const client = await BrokerClient.connect(broker.bootstrap);
  client.post(metadata, 8, { topics: null });
  await client.closed();
});

test('a login that fails is answered, and then the connection ends', async () => {
  await using broker = await start();
  const client = await BrokerClient.connect(broker.bootstrap);
  assert.equal((await client.send(saslHandshake, 1, { mechanism: 'PLAIN' })).errorCode, 0);
  const answer = await client.send(saslAuthenticate, 2, { authBytes: Buffer.from('\0ann\0wrong') });
  assert.equal(errorName(answer.errorCode), 'SASL_AUTHENTICATION_FAILED');
  assert.match(answer.errorMessage ?? '', /Invalid username or password/);
  await client.closed();
});

test('a mechanism that is not offered is refused with those that are', async () => {
  await using broker = await start();
  const client = await BrokerClient.connect(broker.bootstrap);
  const answer = await client.send(saslHandshake, 1, { mechanism: 'GSSAPI' });
  assert.equal(errorName(answer.errorCode), 'UNSUPPORTED_SASL_MECHANISM');
  assert.deepEqual(answer.mechanisms, ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']);
  client.close();
});

test('a broker without logins says that there is none', async () => {
  await using broker = await EmbeddedBroker.start();
  const client = await BrokerClient.connect(broker.bootstrap);
  const answer = await client.send(saslHandshake, 1, { mechanism: 'PLAIN' });
  assert.equal(errorName(answer.errorCode), 'ILLEGAL_SASL_STATE');
  client.close();
});

test('a client without TLS does not get through to a port with it', async () => {
  await using broker = await start(selfSigned());
  const client = await BrokerClient.connect(broker.bootstrap);
  client.post(saslHandshake, 1, { mechanism: 'PLAIN' });
  await client.closed();
});

/** A broker whose logins last for a minute, and a client that has logged in. */
async function forAMinute() {
  const configs = { 'connections.max.reauth.ms': '60000' };
  const broker = await EmbeddedBroker.start({ sasl: { users }, configs });
  const client = await BrokerClient.connect(broker.bootstrap);
  const login = async (version = 2) => {
    await client.send(saslHandshake, 1, { mechanism: 'PLAIN' });
    return client.send(saslAuthenticate, version, { authBytes: Buffer.from('\0ann\0secret') });
  };
  return { broker, client, login };
}

test('a client is told how long its login lasts, and goes on when it logs in anew', async () => {
  const { broker, client, login } = await forAMinute();
  await using _ = broker;
  for (const version of [1, 2]) {
    const { errorCode, sessionLifetimeMs } = await login(version);
    assert.deepEqual([errorCode, sessionLifetimeMs], [0, 60_000n]);
    broker.clock.advance(59_000);
    assert.equal((await client.send(metadata, 8, { topics: [] })).brokers.length, 1);
    broker.clock.advance(2_000);
  }
  client.close();
});

test('a client that does not log in anew loses its connection with its next request', async () => {
  for (const version of [0, 2]) {
    const { broker, client, login } = await forAMinute();
    await using _ = broker;
    await login(version);
    broker.clock.advance(60_001);
    client.post(metadata, 8, { topics: [] });
    await client.closed();
  }
});

test('while a client logs in anew nothing else is answered', async () => {
  const { broker, client, login } = await forAMinute();
  await using _ = broker;
  await login();
  assert.equal((await client.send(saslHandshake, 1, { mechanism: 'PLAIN' })).errorCode, 0);
  client.post(metadata, 8, { topics: [] });
  await client.closed();
});

test('kafkajs logs in anew by every mechanism before its login ends', async () => {
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    await using broker = await EmbeddedBroker.start({
      sasl: { users },
      configs: { 'connections.max.reauth.ms': '60000' },
    });
    const admin = new Kafka({
      brokers: [broker.bootstrap],
      logLevel: logLevel.NOTHING,
      // It is always time for it then.
      reauthenticationThreshold: 60_000,
      sasl: { mechanism, username: 'ann', password: 'secret' } as SASLOptions,
    }).admin();
    // A second between two logins is the least that the broker asks for.
    broker.intercept(({ api }, moment) => {
      if (api === 'SaslHandshake' && moment === 'before') broker.clock.advance(1000);
      return 'continue';
    });
    await admin.connect();
    await admin.listTopics();
    await admin.disconnect();
    const handshakes = broker.requests.filter(({ api }) => api === 'SaslHandshake');
    const connections = new Set(handshakes.map(({ connection }) => connection));
    assert.ok(handshakes.length > connections.size, `${handshakes.length} on ${connections.size}`);
  }
});
