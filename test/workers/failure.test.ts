import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NonRetryableError, RetryableError, SkipSignal } from '../../src/contract/handler.ts';
import { DecodeError } from '../../workers/decode.ts';
import { failureOf, isSkip } from '../../workers/failure.ts';
import { SchemaError } from '../../workers/load-handler.ts';

test('an ordinary error may be tried again and keeps name, message, code and stack', () => {
  const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
  const failure = failureOf(error, null);
  assert.equal(failure.kind, 'error');
  assert.equal(failure.mayRetry, true);
  assert.equal(failure.afterMs, null);
  assert.deepEqual(failure.error, {
    name: 'RangeError',
    message: 'too far',
    code: 'E_FAR',
    stack: error.stack,
  });
});

test('a NonRetryableError is not tried again', () => {
  const failure = failureOf(new NonRetryableError('gone', { cause: new Error('404') }), null);
  assert.equal(failure.mayRetry, false);
  assert.equal(failure.error.name, 'NonRetryableError');
});

test('a RetryableError says when: in ms or as a duration', () => {
  const cases: [unknown, number | null][] = [
    [undefined, null],
    [0, 0],
    [1500, 1500],
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    // What makes no sense is as if it had not been said.
    [-1, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['soon', null],
    ['5', null],
    ['-5s', null],
    ['', null],
    [{}, null],
  ];
  for (const [after, afterMs] of cases) {
    const options = after === undefined ? {} : { after: after as number };
    const failure = failureOf(new RetryableError('later', options), null);
    assert.equal(failure.afterMs, afterMs, String(after));
    assert.equal(failure.mayRetry, true);
  }
});

test('only a RetryableError asks for a delay', () => {
  assert.equal(failureOf(Object.assign(new Error('x'), { after: 5 }), null).afterMs, null);
});

test('a value that does not decode or does not fit the schema is not tried again', () => {
  const decode = failureOf(new DecodeError('broken'), null);
  const schema = failureOf(new SchemaError('misfit'), null);
  assert.deepEqual([decode.kind, decode.mayRetry], ['deserialize', false]);
  assert.deepEqual([schema.kind, schema.mayRetry], ['schema', false]);
});

test('what is thrown after the timeout is the timeout, and may be tried again', () => {
  const { kind, error, mayRetry } = failureOf(new Error('socket closed'), 'timeout');
  assert.equal(kind, 'timeout');
  assert.equal(mayRetry, true);
  assert.equal(error.code, 'timeout');
});

test('a NonRetryableError after the timeout is still not tried again', () => {
  assert.equal(failureOf(new NonRetryableError('gone'), 'timeout').mayRetry, false);
});

test('a skip is told apart from everything else', () => {
  assert.ok(isSkip(new SkipSignal('not ours')));
  for (const thrown of [new Error('x'), undefined, null, 'skip', {}]) assert.ok(!isSkip(thrown));
});

test('whatever is thrown becomes plain facts that can cross a thread', () => {
  const circle: { cause?: unknown } = new Error('circle');
  circle.cause = circle;
  const traps = new Proxy(
    {},
    {
      get: () => {
        throw new Error('get');
      },
      has: () => {
        throw new Error('has');
      },
      getPrototypeOf: () => {
        throw new Error('prototype');
      },
    },
  );
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = [
    undefined,
    null,
    'text',
    42,
    10n,
    Symbol('s'),
    () => {},
    Object.freeze({}),
    Object.freeze(new Error('frozen')),
    Object.create(null),
    circle,
    traps,
    revoked,
    {
      get message(): string {
        throw new Error('message');
      },
    },
    { name: 1, message: {}, stack: [], code: {} },
  ];
  for (const thrown of hostile) {
    assert.equal(isSkip(thrown), false);
    const failure = failureOf(thrown, null);
    assert.deepEqual(structuredClone(failure), failure);
    assert.equal(failure.mayRetry, true);
  }
});

test('any thrown value at all becomes plain facts', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const failure = failureOf(thrown, null);
      assert.deepEqual(structuredClone(failure), failure);
    }),
  );
});

test('a thrown text is the message', () => {
  assert.match(failureOf('no luck', null).error.message, /no luck/);
});

test('a message of 10 MB crosses the thread as 1 KB', () => {
  const failure = failureOf(new Error('x'.repeat(10_000_000)), null);
  assert.equal(failure.error.message.length, 1024);
  assert.ok((failure.error.stack?.length ?? 0) <= 8192);
});
