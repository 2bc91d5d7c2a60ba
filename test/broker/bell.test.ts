import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bell } from '../../src/broker/bell.ts';

test('all who listen hear a bell until they stop, one that listens twice hears it twice', () => {
  const bell = new Bell();
  const heard: string[] = [];
  const both = (): void => void heard.push('both');
  const end = bell.listen(both);
  bell.listen(both);
  bell.listen(() => heard.push('other'));
  bell.ring();
  end();
  bell.ring();
  assert.deepEqual(heard, ['both', 'both', 'other', 'both', 'other']);
});

test('who stops listening while it rings does not disturb the others', () => {
  const bell = new Bell();
  const heard: number[] = [];
  const end = bell.listen(() => end());
  bell.listen(() => heard.push(1));
  bell.ring();
  assert.deepEqual(heard, [1]);
});
