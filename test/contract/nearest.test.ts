import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../src/contract/nearest.ts';

const keys = ['topics', 'groupId', 'concurrency', 'autoOffsetReset', 'max', 'maxBytes', 'tls'];

test('a letter too many, too few, wrong or swapped finds the key', () => {
  const cases = {
    topic: 'topics',
    topicss: 'topics',
    tipics: 'topics',
    tpoics: 'topics',
    concurency: 'concurrency',
    tsl: 'tls',
  };
  for (const [word, key] of Object.entries(cases)) assert.equal(nearest(word, keys), key, word);
});

test('another case and other separators are the same word', () => {
  const cases = {
    group_id: 'groupId',
    'group.id': 'groupId',
    GROUPID: 'groupId',
    'auto-offset-reset': 'autoOffsetReset',
    'max.bytes': 'maxBytes',
  };
  for (const [word, key] of Object.entries(cases)) assert.equal(nearest(word, keys), key, word);
});

test('nothing is suggested for a word that is like none of them', () => {
  for (const word of ['', 'x', 'deadLetter', '???', 'a'.repeat(100_000)])
    assert.equal(nearest(word, keys), null, word.slice(0, 20));
  assert.equal(nearest('a', []), null);
});

test('the nearest of several is taken, and the first of equals', () => {
  assert.equal(nearest('maxByte', keys), 'maxBytes');
  assert.equal(nearest('ab', ['ax', 'ay']), 'ax');
});

test('a word of the list is always found', () => {
  fc.assert(fc.property(fc.constantFrom(...keys), (key) => assert.equal(nearest(key, keys), key)));
});
