import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFinder } from '../../../src/broker/wire/error-codes.ts';

const schema = {
  errorCode: 'int16',
  topics: [{ name: 'string', parts: [{ errorCode: 'int16 = 0' }] }],
  ids: ['int32'],
  inner: { errorCode: 'int16' },
} as const;

function codesOf(message: object): number[] {
  const found: number[] = [];
  errorFinder(schema)(message, found);
  return found;
}

test('the errors of an answer are found at any depth, in their order', () => {
  const parts = [{ errorCode: 3 }, {}, { errorCode: 0 }, { errorCode: -1 }];
  const message = { errorCode: 1, topics: [{ parts }], ids: [9], inner: { errorCode: 5 } };
  assert.deepEqual(codesOf(message), [1, 3, -1, 5]);
});

test('an answer that has no errors, or leaves out what could have them, has none', () => {
  assert.deepEqual(codesOf({ errorCode: 0, topics: null }), []);
  assert.deepEqual(codesOf({}), []);
});
