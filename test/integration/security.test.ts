import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { type Certificate, selfSigned } from '../support/certificate.ts';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';

interface Login {
  readonly mechanism: string;
  readonly password: string;
}

/** Runs a pipeline until it is idle against a broker that wants a login of `ann`, by TLS if there is a certificate. */
async function run(
  t: TestContext,
  login: Login | null,
  certificate: Certificate | null,
  tls: string,
) {
  const broker = await EmbeddedBroker.start({
    sasl: { users: { ann: 'secret' } },
    topics: { orders: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
    ...(certificate ? { tls: certificate } : {}),
  });
  t.after(() => broker.close());
  const sasl =
    login === null
      ? ''
      : `  sasl: { mechanism: ${login.mechanism}, username: ann, password: "\${PASSWORD}" }\n`;
  const cwd = await projectOf(t, {
    'ca.pem': certificate?.cert ?? '',
    'handler.mjs': 'export default () => {};',
    'millrace.yaml': `version: 1
kafka:
  brokers: ${broker.bootstrap}
  connectTimeout: 2s
${tls}${sasl}http: false
logging: { format: json, level: debug }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.mjs
`,
  });
  const env = { PASSWORD: login?.password ?? '' };
  return CliProcess.result(t, ['run', '--until-idle', '100ms'], { cwd, env });
}

const TLS = '  tls: { caFile: ./ca.pem }\n';

describe('a broker that wants a login', { concurrency: 2, timeout: 60_000 }, () => {
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
    test(`is read from by ${mechanism} over TLS`, async (t) => {
      const { code, stdout } = await run(t, { mechanism, password: 'secret' }, selfSigned(), TLS);
      assert.equal(code, 0, stdout);
    });

    test(`refuses a wrong password by ${mechanism}: exit 77, without the password in any output`, async (t) => {
      const login = { mechanism, password: 'wrong-7Q' };
      const { code, stdout, stderr } = await run(t, login, null, '');
      assert.equal(code, 77, stdout + stderr);
      assert.match(stdout, /The broker refused the credentials/);
      assert.doesNotMatch(stdout + stderr, /wrong-7Q/);
    });
  }

  test('does not answer a client that does not log in: exit 69', async (t) => {
    assert.equal((await run(t, null, null, '')).code, 69);
  });

  test('does not answer without the TLS that it wants: exit 69, in time', async (t) => {
    const { code, livedMs } = await run(
      t,
      { mechanism: 'plain', password: 'secret' },
      selfSigned(),
      '',
    );
    assert.equal(code, 69);
    assert.ok(livedMs < 4000, `${livedMs} ms`);
  });

  test('is not trusted with a certificate that nobody vouches for: exit 69, with the reason', async (t) => {
    const login = { mechanism: 'plain', password: 'secret' };
    const { code, stdout } = await run(t, login, selfSigned(), '  tls: true\n');
    assert.equal(code, 69);
    assert.match(stdout, /self-signed certificate/);
  });
});
