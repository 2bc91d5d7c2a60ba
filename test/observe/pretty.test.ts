import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prettyFormat } from '../../src/observe/pretty.ts';

const pretty = await prettyFormat(false);

/** The pretty line without its time. */
function shown(fields: Record<string, unknown>, level = 'warn'): string {
  const line = JSON.stringify({ level, time: '2026-01-02T03:04:05.678Z', ...fields });
  const text = pretty(line);
  assert.match(text, /^\[\d\d:\d\d:\d\d\.678\] /);
  return text.slice(15);
}

const error = {
  name: 'TypeError',
  message: 'no amount',
  stack: 'TypeError: no amount\n    at price (a.ts:1:2)',
};

test('a line shows level, pipeline, message, place, error and fields', () => {
  const fields = {
    pipeline: 'orders',
    topic: 'orders',
    partition: 3,
    offset: '17',
    attempt: 1,
    error,
  };
  assert.equal(
    shown({ ...fields, msg: 'attempt 1 failed' }),
    'WARN: orders attempt 1 failed orders/3@17 TypeError: no amount attempt=1\n',
  );
});

test('a line without a pipeline or place shows neither', () => {
  assert.equal(
    shown({ msg: 'http listens', url: 'http://x' }, 'info'),
    'INFO: http listens url=http://x\n',
  );
});

test('errors that somebody has to act on show where they came from', () => {
  assert.equal(
    shown({ msg: 'halted', error }, 'error'),
    'ERROR: halted TypeError: no amount\n    at price (a.ts:1:2)\n',
  );
});

test('only frames of a stack are shown, at most eight', () => {
  const stack = `Error: x\nINFO: forged\n${'    at f (a.ts:1:1)\n'.repeat(20)}`;
  const lines = shown({ msg: 'halted', error: { ...error, stack } }, 'error')
    .trimEnd()
    .split('\n');
  assert.equal(lines.length, 9);
  assert.ok(!lines.some((line) => line.includes('forged')));
});

test('a message with line ends stays on its line', () => {
  assert.equal(
    shown({ msg: 'a\nINFO: forged', note: 'b\n  c', error: { name: '', message: 'd\ne' } }),
    'WARN: a INFO: forged d e note=b c\n',
  );
});

test('an error that is only a text is shown as it is', () => {
  assert.equal(shown({ msg: 'x', error: 'broken' }), 'WARN: x broken\n');
});

test('nested fields are shown as JSON, without stacks', () => {
  assert.equal(
    shown({ msg: 'x', client: { broker: 'b:1', stack: 'Error\\n at x' } }),
    'WARN: x client={"broker":"b:1"}\n',
  );
});
