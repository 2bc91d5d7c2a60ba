import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStarts } from '../../../src/broker/log/epoch-starts.ts';

function starts(): EpochStarts {
  const epochs = new EpochStarts();
  epochs.begin(0, 0n);
  epochs.begin(2, 10n);
  epochs.begin(2, 15n);
  epochs.begin(5, 20n);
  return epochs;
}

test('an offset was written in the last epoch that began at or below it', () => {
  const epochs = starts();
  assert.deepEqual(
    [0n, 9n, 10n, 19n, 25n].map((offset) => epochs.at(offset)),
    [0, 0, 2, 2, 5],
  );
  assert.equal(new EpochStarts().at(0n), -1);
});

test('an epoch ends where the next one began, and the current one with the log', () => {
  const epochs = starts();
  assert.deepEqual(epochs.endOf(0, 5, 30n), { epoch: 0, offset: 10n });
  assert.deepEqual(epochs.endOf(2, 5, 30n), { epoch: 2, offset: 20n });
  assert.deepEqual(epochs.endOf(5, 5, 30n), { epoch: 5, offset: 30n });
});

test('of an epoch that had no records the one before it is told', () => {
  assert.deepEqual(starts().endOf(3, 5, 30n), { epoch: 2, offset: 20n });
});

test('an epoch that has not begun, or never will, has no end', () => {
  assert.equal(starts().endOf(6, 5, 30n), null);
  assert.equal(starts().endOf(-1, 5, 30n), null);
});
