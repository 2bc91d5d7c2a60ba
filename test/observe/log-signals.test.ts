import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { publish, type SignalName, type Signals } from '../../src/contract/signals.ts';
import { openLog } from '../../src/observe/log.ts';
import { logSignals } from '../../src/observe/log-signals.ts';
import { FakeClock } from '../support/clock.ts';
import { MemoryOutput } from './memory-output.ts';

const place = { pipeline: 'orders', topic: 'orders', partition: 3 };
const member = { pipeline: 'orders', groupId: 'orders-svc' };
const error = {
  name: 'TypeError',
  message: 'no amount',
  code: 'E_AMOUNT',
  stack: 'TypeError: no amount\n    at f',
};
const protocolError = (code: string) => ({
  name: 'KafkaJSProtocolError',
  message: 'refused',
  code,
  stack: null,
});

/** What the log says of a signal: the line without its time. */
async function say<Name extends SignalName>(
  name: Name,
  payload: Signals[Name],
): Promise<Record<string, unknown>> {
  const output = new MemoryOutput();
  const log = await openLog({
    level: 'trace',
    format: 'json',
    redact: [],
    secrets: [],
    isTerminal: false,
    destination: output,
  });
  const end = logSignals(log, new FakeClock());
  publish(name, payload);
  end();
  assert.equal(output.lines.length, 1);
  const { time: _, ...rest } = output.objects[0] as Record<string, unknown>;
  return rest;
}

const failed = (next: 'retry' | 'halt' | 'drop'): Signals['record.failed'] => ({
  ...place,
  offset: 17n,
  attempt: 2,
  kind: 'error',
  error,
  next,
  delayMs: next === 'retry' ? 200.4 : 0,
});

test('a failed attempt that is followed by another one says that the record is safe', async () => {
  assert.deepEqual(await say('record.failed', failed('retry')), {
    level: 'warn',
    ...place,
    offset: '17',
    attempt: 2,
    kind: 'error',
    error,
    delayMs: 200,
    msg: 'attempt 2 failed: not committed, next attempt in 200 ms',
  });
});

test('a halted lane is an error that says what to do', async () => {
  const line = await say('record.failed', failed('halt'));
  assert.equal(line['level'], 'error');
  assert.match(String(line['msg']), /halted: nothing is lost, .*not committed.*restart/);
  assert.deepEqual([line['topic'], line['partition'], line['offset']], ['orders', 3, '17']);
});

test('a dropped record is an error that says it is not handled again', async () => {
  const line = await say('record.failed', failed('drop'));
  assert.equal(line['level'], 'error');
  assert.match(String(line['msg']), /dropped.*not handled again/);
});

test('abandoned work is one line a partition with the range and the number of unfinished records', async () => {
  assert.deepEqual(
    await say('partition.abandoned', { ...place, from: 10n, to: 2n ** 53n + 1n, open: 4 }),
    {
      level: 'error',
      ...place,
      from: '10',
      to: '9007199254740993',
      unfinished: 4,
      msg: 'abandoned',
    },
  );
});

test('a stopped partition is an error with its code and reason', async () => {
  const line = await say('partition.stopped', {
    ...place,
    code: 'MR351',
    message: 'offset 5 is gone',
  });
  assert.deepEqual([line['level'], line['code']], ['error', 'MR351']);
  assert.match(String(line['msg']), /not read any more: offset 5 is gone/);
});

test('a lost offset says what follows under each policy', async () => {
  const range = { cause: 'deleted', committed: 5n, logStart: 20n, logEnd: 30n } as const;
  const say3 = async (policy: string, start: bigint | null): Promise<string> =>
    String((await say('partition.lost-offset', { ...place, ...range, policy, start }))['msg']);
  assert.match(await say3('stop', null), /below its start: the partition is not read/);
  assert.match(await say3('earliest', 20n), /goes on at 20, .*Nothing of it is left out/);
  assert.match(await say3('latest', 30n), /goes on at 30, .*before it are not handled/);
});

test('a lost offset says what happened to it', async () => {
  const range = { committed: 5n, logStart: 20n, logEnd: 30n, policy: 'stop', start: null };
  const words = {
    beyond: /above its end/,
    truncated: /the log was cut/,
    recreated: /deleted and created anew/,
  };
  for (const [cause, expected] of Object.entries(words)) {
    const fields = { ...place, ...range, cause: cause as keyof typeof words };
    assert.match(String((await say('partition.lost-offset', fields))['msg']), expected);
  }
});

test('a pattern without a topic is a warning that it looks again, one with topics names them', async () => {
  const place = { pipeline: 'orders', groupId: 'g', pattern: '/orders/' };
  const none = await say('topics.matched', { ...place, topics: [] });
  assert.deepEqual([none['level'], none['pattern']], ['warn', '/orders/']);
  const some = await say('topics.matched', { ...place, topics: ['orders'] });
  assert.deepEqual([some['level'], some['topics']], ['info', ['orders']]);
});

test('a missing topic says how long is waited for it', async () => {
  const said = async (waitMs: number | null): Promise<string> =>
    String((await say('topic.missing', { pipeline: 'orders', topic: 'orders', waitMs }))['msg']);
  assert.match(await said(10_000), /does not exist any more: waits 10 s for it, then stops/);
  assert.match(await said(null), /does not exist any more: waits for it/);
});

test('a commit that failed is a warning, one that waits for a rebalance is not', async () => {
  const level = async (code: string, isRetried: boolean): Promise<unknown> =>
    (await say('commit.failed', { ...member, error: protocolError(code), isRetried }))['level'];
  assert.equal(await level('27', true), 'debug');
  assert.equal(await level('22', true), 'debug');
  assert.equal(await level('14', true), 'warn');
  assert.equal(await level('25', false), 'warn');
  assert.equal(await level('22', false), 'warn');
});

test('a dead thread is an error with the number of records by their fate', async () => {
  const line = await say('thread.died', {
    pipeline: 'orders',
    thread: 1,
    reason: 'heap',
    message: 'heap limit',
    stack: null,
    charged: 1,
    suspects: 2,
    innocent: 30,
  });
  assert.equal(line['level'], 'error');
  assert.match(
    String(line['msg']),
    /\(heap\).*1 records are charged.*2 run again alone, 30 run again uncharged/,
  );
  assert.deepEqual(line['error'], { message: 'heap limit' });
});

test('a thread that an error ended has its stack, and what to look for', async () => {
  const stack = 'Error: late\n    at later (handler.ts:3:5)';
  const counts = { charged: 0, suspects: 0, innocent: 0 };
  const death = { pipeline: 'orders', thread: 1, reason: 'crash', message: 'Error: late' } as const;
  const line = await say('thread.died', { ...death, stack, ...counts });
  assert.deepEqual(line['error'], { message: 'Error: late', stack });
  assert.match(String(line['msg']), /look for a promise that is not awaited, or a callback/);
});

test('a thread that takes long says what it is waited for', async () => {
  for (const what of ['setup', 'teardown'] as const) {
    const line = await say('thread.waiting', { thread: 1, what, elapsedMs: 5000 });
    assert.equal(line['level'], 'warn');
    assert.match(String(line['msg']), new RegExp(`${what}`));
  }
});

test('a line of a handler keeps its level and fields, and cannot pretend to be of another pipeline', async () => {
  const line = await say('thread.log', {
    level: 'info',
    message: 'priced',
    pipeline: 'orders',
    thread: 2,
    fields: { offset: '17', pipeline: 'forged', level: 'fatal' },
  });
  assert.deepEqual(line, {
    level: 'info',
    offset: '17',
    pipeline: 'orders',
    level_: 'fatal',
    thread: 2,
    msg: 'priced',
  });
});

test('a line of the Kafka client keeps its level; its fields are kept apart', async () => {
  const line = await say('kafka.log', {
    level: 'warn',
    message: 'Connection: timeout',
    fields: { broker: 'b:9092', level: 'x' },
  });
  assert.deepEqual(line, {
    level: 'warn',
    client: { broker: 'b:9092', level: 'x' },
    msg: 'kafka client: Connection: timeout',
  });
});

const levels: readonly [string, () => Promise<Record<string, unknown>>, string][] = [
  [
    'joining',
    () =>
      say('member.joined', {
        ...member,
        memberId: 'm',
        generation: 2,
        added: ['orders/0'],
        revoked: [],
        kept: 1,
      }),
    'info',
  ],
  [
    'an assignment',
    () => say('partition.assigned', { ...place, epoch: 1, committed: null, start: 0n, end: 5n }),
    'debug',
  ],
  [
    'a revocation',
    () => say('partition.revoked', { ...place, committed: 5n, elapsedMs: 12.7 }),
    'debug',
  ],
  ['leaving', () => say('member.left', member), 'info'],
  ['staying', () => say('member.stayed', member), 'info'],
  ['a rebalance that begins', () => say('member.rebalancing', member), 'debug'],
  [
    'losing everything',
    () => say('member.lost', { ...member, reason: 'lease over', partitions: 3 }),
    'warn',
  ],
  [
    'a crash of the member',
    () => say('member.crashed', { ...member, error, delayMs: 100 }),
    'warn',
  ],
  ['a lookup that failed', () => say('adoption.failed', { ...member, error }), 'warn'],
  ['a pause', () => say('partition.paused', { ...place, reason: 'buffer' }), 'debug'],
  ['a resumption', () => say('partition.resumed', place), 'debug'],
  ['a late verdict', () => say('verdict.stale', { ...place, count: 2 }), 'info'],
  ['a commit', () => say('commit.done', { ...member, partitions: 2, elapsedMs: 3.2 }), 'debug'],
  [
    'a commit that is not there at the stop',
    () => say('commit.differs', { ...place, committed: 5n, found: null }),
    'error',
  ],
  ['a thread that is ready', () => say('thread.ready', { thread: 0, elapsedMs: 310.2 }), 'debug'],
  [
    'a thread that does not start',
    () => say('thread.failed', { thread: 0, message: 'boom', attempt: 2 }),
    'error',
  ],
  [
    'a state of a pipeline',
    () => say('pipeline.state', { pipeline: 'orders', state: 'draining' }),
    'info',
  ],
];

for (const [what, line, level] of levels) {
  test(`${what} is logged at ${level}`, async () => {
    assert.equal((await line())['level'], level);
  });
}

function listen(context: TestContext): { lines: string[]; clock: FakeClock; end: () => void } {
  const lines: string[] = [];
  const clock = new FakeClock();
  const end = logSignals({ write: (_, message) => lines.push(message) }, clock);
  context.after(end);
  return { lines, clock, end };
}

test('a hundred thousand equal failures become a few lines', (context) => {
  const { lines, clock } = listen(context);
  const payload = failed('halt');
  for (let i = 0; i < 100_000; i++) publish('record.failed', { ...payload, offset: BigInt(i) });
  clock.advance(10_000);
  assert.equal(lines.length, 6);
  assert.match(lines[5] ?? '', /99995 more like this within 10 s/);
});

test('retries of different delay are one kind of failure', (context) => {
  const { lines } = listen(context);
  for (let i = 0; i < 50; i++) publish('record.failed', { ...failed('retry'), delayMs: i });
  assert.equal(lines.length, 5);
});

test('lines of handlers are never folded', (context) => {
  const { lines } = listen(context);
  const payload = {
    level: 'info',
    message: 'x',
    pipeline: 'orders',
    thread: 0,
    fields: {},
  } as const;
  for (let i = 0; i < 50; i++) publish('thread.log', payload);
  assert.equal(lines.length, 50);
});

test('ending writes what was folded and hears nothing more', (context) => {
  const { lines, end } = listen(context);
  for (let i = 0; i < 7; i++) publish('record.failed', failed('halt'));
  end();
  publish('member.left', member);
  assert.equal(lines.length, 6);
});
