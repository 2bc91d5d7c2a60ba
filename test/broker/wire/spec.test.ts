import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSpec } from '../../../src/broker/wire/spec.ts';

const PLAIN = {
  kind: 'int32',
  since: 0,
  until: Number.POSITIVE_INFINITY,
  nullFrom: Number.POSITIVE_INFINITY,
  tag: null,
  otherwise: null,
};

test('the text of a field tells its kind, versions, tag and default', () => {
  assert.deepEqual(readSpec('int32'), PLAIN);
  assert.deepEqual(readSpec('int32 7+ = -1'), { ...PLAIN, since: 7, otherwise: '-1' });
  assert.deepEqual(readSpec('int32 0-12'), { ...PLAIN, until: 12 });
  assert.deepEqual(readSpec('int32 3+ tag 1'), { ...PLAIN, since: 3, tag: 1 });
  assert.deepEqual(readSpec('string?'), { ...PLAIN, kind: 'string', nullFrom: 0 });
  assert.deepEqual(readSpec('string?12+'), { ...PLAIN, kind: 'string', nullFrom: 12 });
});

test('the text of an array or a struct begins with what a kind would be followed by', () => {
  assert.deepEqual(readSpec(''), { ...PLAIN, kind: null });
  assert.deepEqual(readSpec('?1+'), { ...PLAIN, kind: null, nullFrom: 1 });
  assert.deepEqual(readSpec('10+ tag 0'), { ...PLAIN, kind: null, since: 10, tag: 0 });
  assert.deepEqual(readSpec('6+ = []'), { ...PLAIN, kind: null, since: 6, otherwise: '[]' });
});

test('a text that says nothing sensible is refused', () => {
  for (const text of ['integer', 'int32 x', 'int32 tag', '3', 'int32  3+']) {
    assert.throws(() => readSpec(text), TypeError, text);
  }
});
