import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HandlerLogger, HandlerRecord } from '../../src/contract/handler.ts';
import type { ThreadLogLine } from '../../src/contract/thread.ts';
import { loggerOf } from '../../workers/thread-logger.ts';

const RECORD = { topic: 'orders', partition: 3, offset: 2n ** 62n, attempt: 2 } as HandlerRecord;

/** Writes with `write` and returns the line, after it has crossed a thread. */
function lineOf(
  write: (logger: HandlerLogger) => void,
  record: HandlerRecord | null = RECORD,
): ThreadLogLine {
  const lines: ThreadLogLine[] = [];
  const post = (line: ThreadLogLine): void => void lines.push(structuredClone(line));
  write(loggerOf({ pipeline: 'orders', thread: 1, post })(record));
  assert.equal(lines.length, 1);
  return lines[0] as ThreadLogLine;
}

const fieldsOf = (fields: unknown): Record<string, unknown> =>
  lineOf((logger) => logger.info('x', fields as Record<string, unknown>)).fields;

test('a line carries level, pipeline, thread and the place of its record', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    assert.deepEqual(
      lineOf((logger) => logger[level]('priced', { price: 1 })),
      {
        level,
        message: 'priced',
        pipeline: 'orders',
        thread: 1,
        fields: {
          topic: 'orders',
          partition: 3,
          offset: '4611686018427387904',
          attempt: 2,
          price: 1,
        },
      },
    );
  }
});

test('a line of setup has no place', () => {
  assert.deepEqual(lineOf((logger) => logger.info('connected'), null).fields, {});
});

test('an error in the fields becomes its name, message and stack', () => {
  const error = new TypeError('bad');
  assert.deepEqual(fieldsOf({ error })['error'], {
    name: 'TypeError',
    message: 'bad',
    stack: error.stack,
  });
});

test('an error instead of fields is logged as the field error', () => {
  const error = fieldsOf(new TypeError('bad'))['error'] as { message: string };
  assert.equal(error.message, 'bad');
});

test('bigint, function and symbol become text', () => {
  const fields = fieldsOf({ id: 10n, run: () => 1, mark: Symbol('m') });
  assert.equal(fields['id'], '10');
  assert.equal(fields['run'], '() => 1');
  assert.equal(fields['mark'], 'Symbol(m)');
});

test('what JSON cannot write does not stop the line', () => {
  const circle: Record<string, unknown> = Object.create(null);
  circle['self'] = circle;
  for (const value of [circle, { deep: { id: 1n } }, [1n]]) {
    assert.equal(typeof fieldsOf({ value })['value'], 'string');
  }
});

test('logging never throws, whatever it is given', () => {
  const traps = new Proxy(
    {},
    {
      get: () => {
        throw new Error('get');
      },
      ownKeys: () => {
        throw new Error('keys');
      },
    },
  );
  const bad = { toString: () => assert.fail('toString') };
  const liar = Object.defineProperty(new Error('x'), 'message', {
    get: () => assert.fail('message'),
  });
  for (const fields of [null, undefined, 1, 'text', [], traps, { traps }, { liar }]) {
    fieldsOf(fields);
  }
  lineOf((logger) => logger.info(bad as unknown as string));
  lineOf((logger) => logger.info(Object.create(null) as string));
});

test('any fields at all can cross the thread', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
      fieldsOf(fields);
    }),
  );
});

test('a field may have the name of anything that an object has', () => {
  const fields = fieldsOf(JSON.parse('{"constructor":1,"__proto__":{"isAdmin":true}}'));
  assert.equal(fields['constructor'], 1);
  assert.equal(fields['isAdmin'], undefined);
});
