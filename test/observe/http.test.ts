import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { MillraceError } from '../../src/contract/errors.ts';
import type { EngineStatus } from '../../src/contract/status.ts';
import { Health } from '../../src/observe/health.ts';
import { type ServeOptions, type Serving, serve } from '../../src/observe/http.ts';
import { FakeClock } from '../support/clock.ts';
import { parseExposition } from './parse-exposition.ts';
import { engine, partition, pipeline } from './status.ts';

interface Served extends Serving {
  readonly logged: string[];
}

async function start(
  context: TestContext,
  changes: Partial<ServeOptions> & { snapshot?: () => EngineStatus } = {},
): Promise<Served> {
  const logged: string[] = [];
  const say = (message: string, fields?: object): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log = { info: say, warn: say, error: say };
  const snapshot = changes.snapshot ?? (() => engine());
  const health = new Health({ snapshot, pipelines: [], log, clock: new FakeClock() });
  const options = { host: '127.0.0.1', port: 0, metrics: true, health, version: '1.2.3', log };
  const serving = await serve({ ...options, snapshot, ...changes });
  context.after(() => serving.close());
  return { ...serving, logged };
}

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function ask(url: string, method = 'GET', body = ''): Promise<Reply> {
  const request = http.request(url, { method, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** Sends raw bytes and resolves with all that comes back, when the connection ends. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received;
}

test('a probe answers 200 or 503 with the checks behind it', async (context) => {
  let status = engine();
  const { url } = await start(context, { snapshot: () => status });
  const ready = await ask(`${url}/healthz/ready`);
  assert.equal(ready.status, 200);
  assert.equal(ready.headers['content-type'], 'application/json; charset=utf-8');
  assert.deepEqual(JSON.parse(ready.body), {
    status: 'ok',
    checks: ['engine', 'threads shared', 'joined orders', 'broker orders'].map((name) => ({
      name,
      ok: true,
      sinceMs: 0,
    })),
  });
  status = engine({ state: 'draining' });
  const draining = await ask(`${url}/healthz/ready`);
  assert.equal(draining.status, 503);
  const { status: word, checks } = JSON.parse(draining.body) as {
    status: string;
    checks: unknown[];
  };
  assert.equal(word, 'failing');
  assert.deepEqual(checks[0], { name: 'engine', ok: false, detail: 'draining', sinceMs: 0 });
  assert.equal((await ask(`${url}/healthz/live`)).status, 200);
  assert.equal((await ask(`${url}/healthz/startup`)).status, 200);
});

test('metrics are text of the Prometheus format', async (context) => {
  const { url } = await start(context);
  const { status, headers, body } = await ask(`${url}/metrics?x=1`);
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(
    parseExposition(body).get('millrace_build_info')?.series[0]?.labels['version'],
    '1.2.3',
  );
});

test('metrics that are off are not there', async (context) => {
  const { url } = await start(context, { metrics: false });
  assert.equal((await ask(`${url}/metrics`)).status, 404);
});

test('an unknown path is 404, as JSON', async (context) => {
  const { url } = await start(context);
  for (const path of [
    '/',
    '/metrics/',
    '/healthz',
    '/healthz/Live',
    '/%2e%2e/etc/passwd',
    '//metrics',
    '/__proto__',
  ]) {
    const { status, body } = await ask(url + path);
    assert.equal(status, 404, path);
    assert.deepEqual(JSON.parse(body), { error: 'not found' });
  }
});

test('HEAD answers as GET does, without the body', async (context) => {
  const { url } = await start(context);
  const { status, headers, body } = await ask(`${url}/healthz/live`, 'HEAD');
  assert.equal(status, 200);
  assert.equal(body, '');
  assert.ok(Number(headers['content-length']) > 0);
});

test('another method is 405 and says what is allowed', async (context) => {
  const { url } = await start(context);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const { status, headers } = await ask(`${url}/metrics`, method, 'x');
    assert.equal(status, 405, method);
    assert.equal(headers['allow'], 'GET, HEAD');
  }
});

test('a body that nobody asked for ends the connection', async (context) => {
  const { port } = await start(context);
  const text = 'POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello';
  const reply = await sendRaw(port, text + text);
  assert.match(reply, /^HTTP\/1\.1 405 /);
  assert.match(reply, /\r\nconnection: close\r\n/i);
  assert.equal(reply.split('HTTP/1.1').length, 2);
});

test('no answer is stored, guessed at or run', async (context) => {
  const { url } = await start(context);
  for (const path of ['/metrics', '/healthz/live', '/nothing']) {
    const { headers } = await ask(url + path);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-security-policy'], "default-src 'none'");
  }
});

test('a snapshot that throws is a 500 without details, a line in the log, and no more', async (context) => {
  let isBroken = true;
  const snapshot = (): EngineStatus => {
    if (isBroken) throw new Error('inner detail');
    return engine();
  };
  const { url, logged } = await start(context, { snapshot });
  for (const path of ['/metrics', '/healthz/live', '/healthz/ready']) {
    const { status, body } = await ask(url + path);
    assert.equal(status, 500);
    assert.deepEqual(JSON.parse(body), { error: 'internal error' });
  }
  assert.equal(logged.filter((line) => line.includes('inner detail')).length, 3);
  isBroken = false;
  assert.equal((await ask(`${url}/metrics`)).status, 200);
});

test('bytes that are not HTTP get a 400 and the end of the connection', async (context) => {
  const { port, url } = await start(context);
  assert.match(await sendRaw(port, 'no http\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.equal((await ask(`${url}/healthz/live`)).status, 200);
});

test('headers of more than 8 KiB are refused', async (context) => {
  const { port } = await start(context);
  const text = `GET /metrics HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(10_000)}\r\n\r\n`;
  assert.match(await sendRaw(port, text), /^HTTP\/1\.1 431 /);
});

test('any Host gets an answer', async (context) => {
  const { port } = await start(context);
  const text = 'GET /healthz/live HTTP/1.1\r\nhost: 10.1.2.3:99\r\nconnection: close\r\n\r\n';
  assert.match(await sendRaw(port, text), /^HTTP\/1\.1 200 /);
});

test('the 33rd connection at a time is refused', async (context) => {
  const { port } = await start(context);
  const sockets: net.Socket[] = [];
  context.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let i = 0; i < 32; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
  }
  assert.equal(await sendRaw(port, 'GET /healthz/live HTTP/1.1\r\nhost: a\r\n\r\n'), '');
});

test('a client that sends half a request, or nothing, is cut after some seconds', async (context) => {
  const { port } = await start(context);
  const startedMs = performance.now();
  const [half] = await Promise.all([sendRaw(port, 'GET /metrics HTT'), sendRaw(port, '')]);
  assert.match(half, /^(HTTP\/1\.1 408 |$)/);
  assert.ok(performance.now() - startedMs < 15_000);
});

test('closing ends at once, whatever clients hang on', async (context) => {
  const partitions = Array.from({ length: 40_000 }, (_, i) => partition({ partition: i }));
  const status = engine({ pipelines: [pipeline({ partitions })] });
  const serving = await start(context, { snapshot: () => status });
  const hang = async (text: string): Promise<net.Socket> => {
    const socket = net.connect(serving.port, '127.0.0.1');
    context.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  await hang('');
  await hang('GET /metrics HTTP/1.1\r\nhost: a\r\n');
  // Asks for more than the buffers of a connection hold, and reads no more than the beginning.
  const scraper = await hang('GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(scraper, 'readable');
  const startedMs = performance.now();
  await serving.close();
  // Left alone, they would be cut after five seconds.
  assert.ok(performance.now() - startedMs < 4000);
  await assert.rejects(ask(`${serving.url}/healthz/live`), { code: 'ECONNREFUSED' });
});

test('closing twice is closing once', async (context) => {
  const { close } = await start(context);
  await Promise.all([close(), close()]);
});

test('a given port that is taken ends the start with 78 and names port and key', async (context) => {
  const { port } = await start(context);
  await assert.rejects(start(context, { port }), (error: MillraceError) => {
    assert.equal(error.code, 'MR510');
    assert.equal(error.exit, 78);
    assert.ok(error.message.includes(`port ${port} is taken`), error.message);
    assert.match(error.message, /http\.port/);
    return true;
  });
});

test('auto is another port when the usual one is taken', async (context) => {
  const other = net.createServer();
  other.listen(8080, '127.0.0.1');
  // Somebody else may have it already, which is as good.
  await Promise.race([once(other, 'listening'), once(other, 'error').catch(() => {})]);
  context.after(() => other.close());
  const { port, url } = await start(context, { port: 'auto' });
  assert.notEqual(port, 8080);
  assert.equal((await ask(`${url}/healthz/live`)).status, 200);
});

test('a host that this machine does not have ends the start with 78 and names the key', async (context) => {
  await assert.rejects(start(context, { host: '192.0.2.1' }), (error: MillraceError) => {
    assert.equal(error.code, 'MR510');
    assert.equal(error.exit, 78);
    assert.match(error.message, /no address 192\.0\.2\.1.*http\.host/);
    return true;
  });
});

test('the URL of a server on all addresses is one that a client on this machine can use', async (context) => {
  const { url, port } = await start(context, { host: '0.0.0.0' });
  assert.equal(url, `http://localhost:${port}`);
  assert.equal((await ask(`http://127.0.0.1:${port}/healthz/live`)).status, 200);
});
