/** Secrets planted wherever one may get to: none is in any output. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { MillraceError, reportError } from '../../src/contract/errors.ts';
import { publish } from '../../src/contract/signals.ts';
import { Health } from '../../src/observe/health.ts';
import { serve } from '../../src/observe/http.ts';
import { openLog } from '../../src/observe/log.ts';
import { logSignals } from '../../src/observe/log-signals.ts';
import { FakeClock } from '../support/clock.ts';
import { MemoryOutput } from './memory-output.ts';

const PASSWORD = 'hunter2-kanarie';
const QUOTED = 'ca"na\\ry\ttab-kanarie';
const KEY =
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBkanarie\nAoIBAQDkanariesecond\n-----END PRIVATE KEY-----\n';
const SECRETS = [PASSWORD, QUOTED, KEY, '77001122'];
/** A part of each secret, and of each line of the key. */
const LEAK = /kanarie|77001122/i;

const sasl = { username: 'svc', password: PASSWORD, other: { passphrase: QUOTED, key: KEY } };
const hostile = Object.assign(new Error(`login ${PASSWORD} failed: ${JSON.stringify(sasl)}`), {
  config: sasl,
  cause: new TypeError(`key is ${KEY}`),
  code: PASSWORD,
});

for (const format of ['json', 'pretty'] as const) {
  test(`no secret is in the log as ${format}`, async () => {
    const output = new MemoryOutput();
    const log = await openLog({
      level: 'trace',
      format,
      redact: [],
      secrets: SECRETS,
      isTerminal: format === 'pretty',
      destination: output,
    });
    const end = logSignals(log, new FakeClock());

    log.info(`connecting with ${PASSWORD}`, { sasl, pin: 77001122, big: 77001122n });
    log.error('failed', {
      error: hostile,
      text: inspect(sasl),
      url: `sasl://u:${encodeURIComponent(QUOTED)}@b`,
    });
    log.fatal(new MillraceError('MR301', `no ${PASSWORD}`, { facts: { sasl } }).message, {
      list: [[new Map([[PASSWORD, new Set([KEY])]])]],
      [PASSWORD]: 1,
      json: JSON.stringify(JSON.stringify(sasl.password)),
    });

    const place = { pipeline: 'orders', topic: `t-${PASSWORD}`, partition: 0 };
    const error = reportError(hostile);
    publish('record.failed', {
      ...place,
      offset: 1n,
      attempt: 1,
      kind: 'error',
      error,
      next: 'halt',
      delayMs: 0,
    });
    publish('member.crashed', { pipeline: 'orders', groupId: PASSWORD, error, delayMs: 1 });
    publish('kafka.log', {
      level: 'error',
      message: `SASL ${QUOTED}`,
      fields: { error: hostile, sasl },
    });
    publish('thread.died', {
      pipeline: 'orders',
      thread: 0,
      reason: 'crash',
      stack: `Error: ${PASSWORD}\n    at ${PASSWORD}`,
      message: PASSWORD,
      charged: 1,
      suspects: 0,
      innocent: 0,
    });
    publish('thread.log', {
      level: 'warn',
      message: KEY,
      pipeline: 'orders',
      thread: 0,
      fields: { sasl },
    });
    publish('partition.stopped', { ...place, code: 'MR352', message: `bad ${PASSWORD}` });
    end();

    assert.ok(output.lines.length >= 9);
    assert.doesNotMatch(output.text, LEAK);
    assert.match(output.text, /\*\*\*/);
  });
}

test('no secret is in an answer over HTTP, nor in the line about it', async () => {
  const output = new MemoryOutput();
  const log = await openLog({
    level: 'trace',
    format: 'json',
    redact: [],
    secrets: SECRETS,
    isTerminal: false,
    destination: output,
  });
  const snapshot = (): never => {
    throw hostile;
  };
  const health = new Health({ snapshot, pipelines: [], log, clock: new FakeClock() });
  const serving = await serve({
    host: '127.0.0.1',
    port: 0,
    metrics: true,
    health,
    snapshot,
    version: '1',
    log,
  });
  for (const path of ['/metrics', '/healthz/live', `/${PASSWORD}`]) {
    const request = http.get(serving.url + path, { agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = JSON.stringify(response.headers);
    for await (const chunk of response) text += String(chunk);
    assert.doesNotMatch(text, LEAK);
  }
  await serving.close();
  assert.doesNotMatch(output.text, LEAK);
});
