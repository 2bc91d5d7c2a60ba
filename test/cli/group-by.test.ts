import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupBy } from '../../src/cli/group-by.ts';

test('members keep their order, groups that of their first member, and what has no name is in none', () => {
  const groups = groupBy([3, 8, 5, 0, 1, 2], (n) =>
    n === 0 ? null : n % 2 === 0 ? 'even' : 'odd',
  );
  assert.deepEqual(
    [...groups],
    [
      ['odd', [3, 5, 1]],
      ['even', [8, 2]],
    ],
  );
});
