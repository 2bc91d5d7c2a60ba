import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../src/contract/errors.ts';
import { type Log, type LogOptions, openLog } from '../../src/observe/log.ts';
import { MemoryOutput } from './memory-output.ts';

async function open(
  changes: Partial<LogOptions> = {},
): Promise<{ log: Log; output: MemoryOutput }> {
  const output = new MemoryOutput();
  const log = await openLog({
    level: 'info',
    format: 'json',
    redact: [],
    secrets: [],
    isTerminal: false,
    destination: output,
    ...changes,
  });
  return { log, output };
}

test('a JSON line has time, level, fields and message', async () => {
  const { log, output } = await open();
  log.info('committed', { pipeline: 'orders', topic: 'orders', partition: 3, offset: 2n ** 60n });
  const [line = {}] = output.objects;
  assert.deepEqual(Object.keys(line), [
    'level',
    'time',
    'pipeline',
    'topic',
    'partition',
    'offset',
    'msg',
  ]);
  assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...line, time: '' },
    {
      level: 'info',
      time: '',
      pipeline: 'orders',
      topic: 'orders',
      partition: 3,
      offset: '1152921504606846976',
      msg: 'committed',
    },
  );
});

test('each level is written as a word', async () => {
  const { log, output } = await open({ level: 'trace' });
  log.write('trace', 'x');
  log.debug('x');
  log.info('x');
  log.warn('x');
  log.error('x');
  log.fatal('x');
  assert.deepEqual(
    output.objects.map(({ level }) => level),
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  );
});

test('what is below the level is not written, and silent writes nothing', async () => {
  const warn = await open({ level: 'warn' });
  warn.log.info('x');
  warn.log.warn('x');
  assert.equal(warn.output.lines.length, 1);
  const silent = await open({ level: 'silent' });
  silent.log.fatal('x');
  silent.log.write('silent', 'x');
  assert.equal(silent.output.text, '');
});

test('a message is one line and no format', async () => {
  const { log, output } = await open();
  log.info('100 %s\n{"level":"fatal"}');
  assert.equal(output.lines.length, 1);
  assert.equal(output.objects[0]?.['msg'], '100 %s\n{"level":"fatal"}');
});

test('fields that redact names are masked', async () => {
  const { log, output } = await open({ redact: ['user.email', '*.token', 'plain'] });
  log.info('x', { user: { email: 'a@b', name: 'A' }, request: { token: 't' }, plain: 1 });
  const { user, request, plain } = output.objects[0] ?? {};
  assert.deepEqual([user, request, plain], [{ email: '***', name: 'A' }, { token: '***' }, '***']);
});

test('a path of redact that makes no sense ends the start and names the key', async () => {
  for (const path of ['a[', '', 'a..b']) {
    await assert.rejects(open({ redact: [path] }), (error: MillraceError) => {
      assert.equal(error.code, 'MR511');
      assert.equal(error.exit, 78);
      assert.match(error.message, /logging\.redact/);
      return true;
    });
  }
});

test('auto is for people on a terminal and JSON otherwise', async () => {
  const terminal = await open({ format: 'auto', isTerminal: true });
  terminal.log.info('hello');
  assert.match(terminal.output.text, /INFO.*hello/);
  const pipe = await open({ format: 'auto' });
  pipe.log.info('hello');
  assert.equal(pipe.output.objects[0]?.['msg'], 'hello');
});

test('fields that cannot be read at all cost no more than themselves', async () => {
  const { log, output } = await open();
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  log.info('x', hostile);
  log.info('y');
  assert.deepEqual(
    output.objects.map(({ msg }) => msg),
    ['a log line could not be written', 'y'],
  );
});

test('after lines were dropped, the first one that is written is followed by their number', async () => {
  const { log, output } = await open();
  output.error = new Error('EPIPE');
  log.info('lost');
  log.info('lost');
  output.error = null;
  log.info('kept');
  assert.deepEqual(
    output.objects.map(({ msg, dropped }) => [msg, dropped]),
    [
      ['kept', undefined],
      ['log lines were dropped: the output was full or gone', 2],
    ],
  );
  assert.equal(log.dropped, 2);
});
