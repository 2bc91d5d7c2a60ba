import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collides } from '../../src/contract/collides.ts';

test('names collide in which only dots and underscores differ', () => {
  assert.equal(collides('a.b', 'a_b'), true);
  assert.equal(collides('a.b', 'a-b'), false);
  assert.equal(collides('a.b', 'a.b'), false);
});
