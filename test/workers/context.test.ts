import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandlerContext } from '../../src/contract/handler.ts';
import { outcomeOf } from '../../src/contract/handler.ts';
import { Attempt, type Surroundings } from '../../workers/context.ts';

const LOGGER = { debug() {}, info() {}, warn() {}, error() {} };

const around = (overrides: Partial<Surroundings> = {}): Surroundings => ({
  state: { db: 1 },
  options: { url: 'x' },
  thread: { id: 2 },
  loggerFor: () => LOGGER,
  ...overrides,
});

/** What `run` throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  return assert.fail('nothing was thrown');
}

test('state, options and thread are those of the pipeline in this thread', () => {
  const surroundings = around();
  const { state, options, thread } = new Attempt(surroundings);
  assert.equal(state, surroundings.state);
  assert.equal(options, surroundings.options);
  assert.deepEqual(thread, { id: 2 });
});

test('the signal is not aborted until something aborts it', () => {
  const attempt = new Attempt(around());
  assert.equal(attempt.signal.aborted, false);
  assert.equal(attempt.signal, attempt.signal);
  assert.equal(attempt.aborted, null);
});

test('an aborted signal says why, whether it was asked for before or after', () => {
  for (const isEarly of [true, false]) {
    for (const reason of ['timeout', 'revoked', 'shutdown'] as const) {
      const attempt = new Attempt(around());
      if (isEarly) assert.equal(attempt.signal.aborted, false);
      attempt.abort(reason);
      assert.equal(attempt.signal.aborted, true);
      assert.ok(attempt.signal.reason instanceof Error);
      assert.equal(attempt.signal.reason.name, 'AbortError');
      assert.equal((attempt.signal.reason as Error & { code: string }).code, reason);
    }
  }
});

test('the first reason stays', () => {
  const attempt = new Attempt(around());
  attempt.abort('revoked');
  attempt.abort('timeout');
  assert.equal(attempt.aborted, 'revoked');
  assert.equal((attempt.signal.reason as { code: string }).code, 'revoked');
});

test('listeners of the signal are called once', () => {
  const attempt = new Attempt(around());
  let calls = 0;
  attempt.signal.addEventListener('abort', () => calls++);
  attempt.abort('timeout');
  attempt.abort('shutdown');
  assert.equal(calls, 1);
});

test('the logger is made for the record, and only when it is asked for', () => {
  const asked: unknown[] = [];
  const attempt = new Attempt(
    around({
      loggerFor: (record) => {
        asked.push(record);
        return LOGGER;
      },
    }),
  );
  assert.equal(asked.length, 0);
  assert.equal(attempt.logger, attempt.logger);
  assert.equal(asked.length, 1);
});

test('ctx.skip ends the attempt as skipped', () => {
  const thrown = thrownBy(() => new Attempt(around()).skip('not ours'));
  assert.equal(outcomeOf(thrown), 'skip');
  assert.equal((thrown as Error).message, 'not ours');
});

test('ctx.retry ends the attempt as one that is tried again, after a while when it says so', () => {
  const attempt = new Attempt(around());
  const plain = thrownBy(() => attempt.retry());
  const later = thrownBy(() => attempt.retry({ after: '5s', reason: 'rate limit' }));
  assert.equal(outcomeOf(plain), 'retry');
  assert.equal((plain as { after?: unknown }).after, undefined);
  assert.equal((later as { after?: unknown }).after, '5s');
  assert.equal((later as Error).message, 'rate limit');
});

test('what is produced waits in the attempt, in order', async () => {
  const attempt = new Attempt(around());
  await attempt.produce('a', { value: 1 });
  await attempt.produce('b', { value: 2 });
  assert.deepEqual(
    attempt.outputs?.map(({ topic }) => topic),
    ['a', 'b'],
  );
});

test('produce works when it was taken out of the context', async () => {
  const attempt = new Attempt(around());
  const { produce }: HandlerContext = attempt;
  await produce('a', { value: 1 });
  assert.equal(attempt.outputs?.length, 1);
});

test('skip and retry work when they were taken out of the context', () => {
  const { skip, retry }: HandlerContext = new Attempt(around());
  assert.equal(outcomeOf(thrownBy(() => skip())), 'skip');
  assert.equal(outcomeOf(thrownBy(() => retry())), 'retry');
});

test('a message that cannot be written throws at once, not into a promise that nobody awaits', () => {
  const attempt = new Attempt(around());
  assert.throws(() => attempt.produce('', { value: 1 }), /topic is empty/);
  assert.equal(attempt.outputs?.length ?? 0, 0);
});

test('what is produced after the end of the attempt is dropped, and the log says so', async () => {
  const lines: string[] = [];
  const warn = (message: string): void => void lines.push(message);
  const attempt = new Attempt(around({ loggerFor: () => ({ ...LOGGER, warn }) }));
  attempt.isOver = true;
  await attempt.produce('audit', { value: 1 });
  assert.equal(attempt.outputs, null);
  assert.match(lines[0] ?? '', /after the end of the attempt: nothing is sent/);
});
