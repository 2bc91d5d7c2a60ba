import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTopicName, parsePattern } from '../../src/config/topic.ts';

test('a topic name has 1 to 249 letters, digits, dots, underscores and hyphens, and is not . or ..', () => {
  for (const name of ['a', 'Orders.v1_x-2', '...', 'a'.repeat(249)])
    assert.ok(isTopicName(name), name);
  for (const name of ['', '.', '..', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(250)])
    assert.ok(!isTopicName(name), name);
});

test('patterns as they are used are taken', () => {
  const patterns = [
    '/orders/',
    '/^orders$/',
    '/^(dev|prod)[.]orders[.].*$/',
    '/^orders-.+-v[0-9]+$/i',
    '/^[a-z]{1,8}$/',
    '/^a(\\.v[0-9]+)?$/',
    '/a\\/b/',
    '/^(?!__).*/',
    '/(?<env>dev|prod)/',
    '/^(a|b|c|d|e|f|g|h|i|j|k)$/',
    '/a{2}b{3}c{4}d{5}/',
  ];
  for (const text of patterns) assert.ok(parsePattern(text) instanceof RegExp, text);
  assert.ok(parsePattern('/ORDERS/i') instanceof RegExp);
});

test('patterns that take exponential time are refused', () => {
  const patterns = [
    '/(a+)+$/',
    '/(a*)*/',
    '/(a|a)*$/',
    '/(a|aa)+$/',
    '/([a-z]+)*x/',
    '/(.*)+$/',
    '/((a)+)+/',
    '/(a+){2,}/',
    '/(a?){30}a{30}/',
    '/(?:x+x+)+y/',
    `/${'a?'.repeat(30)}${'a'.repeat(30)}/`,
    `/${'(a|aa)'.repeat(20)}$/`,
    '/.*.*.*.*x/',
    '/(a)\\1+/',
    '/(?<n>a)\\k<n>*/',
    '/(?=(a+)+)b/',
  ];
  for (const text of patterns) {
    const result = parsePattern(text);
    assert.ok(!(result instanceof RegExp) && result.why.startsWith('can run away'), text);
  }
});

test('texts that are no usable expression are refused', () => {
  for (const text of [
    '/',
    '//',
    '/a',
    'a/',
    '/[/',
    '/(/',
    '/a/g',
    '/a/ii',
    '/a/x',
    `/${'a'.repeat(501)}/`,
    '/a{1000000}/',
    '/*/',
  ]) {
    assert.ok('why' in Object(parsePattern(text)), text);
  }
});

test('a pattern that is taken answers at once for any topic name', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '(',
    '(?:',
    ')',
    '|',
    '*',
    '+',
    '?',
    '{2}',
    '{1,3}',
    '{2,}',
    '^',
    '$',
    '\\w',
    'a?',
  );
  const names = ['a'.repeat(249), 'ab'.repeat(124), `${'a'.repeat(248)}!`, `${'b'.repeat(248)}.`];
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 24 }), (pieces) => {
      const pattern = parsePattern(`/${pieces.join('')}/`);
      if (!(pattern instanceof RegExp)) return;
      const start = performance.now();
      for (const name of names) pattern.test(name);
      assert.ok(performance.now() - start < 2_000, pattern.source);
    }),
    { numRuns: 2_000 },
  );
});
