import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KafkaConfig } from '../../src/contract/config.ts';
import { connect, refusal } from '../../src/kafka/connect.ts';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { FakeClock } from '../support/clock.ts';
import { settleable } from '../support/fake-broker.ts';
import { clientError, FakeCluster } from '../support/fake-cluster.ts';
import { FakeClient } from '../support/fake-kafka.ts';

const CONFIG: KafkaConfig = {
  brokers: ['one:9092', 'two:9092'],
  clientId: 'test-1',
  tls: null,
  sasl: null,
  connectTimeoutMs: 5000,
};

/** An attempt to connect that ends as the test says. */
function attempt(): {
  end: ReturnType<typeof settleable<void>>;
  clock: FakeClock;
  client: FakeClient;
  connected: Promise<void>;
} {
  const [cluster, clock, client] = [new FakeCluster(), new FakeClock(), new FakeClient()];
  const end = settleable<void>();
  cluster.onConnect = () => end.promise;
  return { end, clock, client, connected: connect(cluster, client, CONFIG, clock) };
}

describe('connect', () => {
  it('resolves when a broker has answered', async () => {
    const { end, connected } = attempt();
    end.answer();
    await connected;
  });

  it('waits for connectTimeout, then names the brokers and the last error', async () => {
    const { clock, client, connected } = attempt();
    client.lastError = 'Connection refused';
    clock.advance(5000);
    await assert.rejects(connected, {
      code: 'MR301',
      exit: 69,
      message:
        /^No broker answered within 5 s: one:9092, two:9092\. The last error was: Connection refused\. /,
    });
  });

  it('rejects before that when the client gives up', async () => {
    for (const name of [
      'KafkaJSConnectionError',
      'KafkaJSRequestTimeoutError',
      'KafkaJSNumberOfRetriesExceeded',
      'KafkaJSNoBrokerAvailableError',
    ]) {
      const { end, connected } = attempt();
      end.fail(clientError(name));
      await assert.rejects(connected, { code: 'MR301', exit: 69 }, name);
    }
  });

  it('says what a broker may want that closes the connection', async () => {
    const { end, connected } = attempt();
    end.fail(clientError('KafkaJSConnectionClosedError'));
    await assert.rejects(connected, {
      code: 'MR301',
      exit: 69,
      message: /^A broker closed the connection, as one does that wants TLS or a login: one:9092/,
    });
  });

  it('rejects with what the broker refuses, or with the error as it is', async () => {
    const refused = attempt();
    refused.end.fail(clientError('KafkaJSSASLAuthenticationError', 'wrong password'));
    await assert.rejects(refused.connected, { code: 'MR305', exit: 77, message: /wrong password/ });
    const other = attempt();
    other.end.fail(new Error('a bug'));
    await assert.rejects(other.connected, { message: 'a bug' });
  });
});

describe('refusal', () => {
  it('tells what the user may not do, also when that is the cause of another error', () => {
    for (const [cause, code] of [
      [clientError('KafkaJSSASLAuthenticationError'), 'MR305'],
      [errorFromCode(58), 'MR305'],
      [errorFromCode(30), 'MR306'],
      [errorFromCode(29), 'MR307'],
    ] as const) {
      const wrapped = new Error('retries exceeded', { cause: new Error('failed', { cause }) });
      for (const error of [cause, wrapped]) {
        const refused = refusal(error);
        assert.deepEqual([refused?.code, refused?.exit, refused?.cause], [code, 77, error]);
      }
    }
  });

  it('finds nothing of that in any other error', () => {
    for (const cause of [new Error('x'), errorFromCode(25), undefined]) {
      assert.equal(refusal(cause), undefined);
    }
  });
});
