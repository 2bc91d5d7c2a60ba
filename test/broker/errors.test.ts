import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR, errorName, Refusal } from '../../src/broker/errors.ts';

test('every code has one name and every name one code', () => {
  const codes = Object.values(ERROR);
  assert.equal(new Set(codes).size, codes.length);
  assert.equal(errorName(ERROR.MEMBER_ID_REQUIRED), 'MEMBER_ID_REQUIRED');
  assert.equal(errorName(-1), 'UNKNOWN_SERVER_ERROR');
});

test('a code that the protocol does not have is told as its number', () => {
  assert.equal(errorName(4711), '4711');
});

test('a refusal carries its code and its text', () => {
  const { code, text, message } = new Refusal('INVALID_CONFIG', 'No such thing.');
  assert.deepEqual([code, text, message], [40, 'No such thing.', 'INVALID_CONFIG: No such thing.']);
  assert.equal(new Refusal('INVALID_CONFIG').text, null);
});
