import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Account, Budget } from '../../src/flow/backpressure.ts';

const LIMITS = { maxRecords: 1_000, maxBytes: 10_000 };

/** A buffer with so many partitions. */
function budgetOf(partitions: number, limits = LIMITS) {
  const budget = new Budget(limits);
  const accounts = Array.from({ length: partitions }, () => budget.open());
  return { budget, accounts, first: accounts[0] as Account, second: accounts[1] as Account };
}

test('a partition has its even share of one half, by the next power of two, and four fifths of what is left of the other', () => {
  assert.equal(budgetOf(1).first.room(), 5_000 + 4_000);
  assert.equal(budgetOf(4).first.room(), 1_250 + 4_000);
  assert.equal(budgetOf(3).first.room(), 1_250 + 4_000);
});

test('what it uses beyond its share leaves the others less, but never less than theirs', () => {
  const { first, second } = budgetOf(4);
  first.use(5_250, 0);
  assert.equal(second.room(), 1_250 + 0.8 * (5_000 - 4_000));
  assert.equal(first.room(), 0);
  first.use(100_000, 0);
  assert.equal(second.room(), 1_250);
});

test('at its limit in bytes or in records it is paused', () => {
  const { first } = budgetOf(4);
  first.use(5_249, 0);
  assert.equal(first.room(), 1);
  first.use(0, 524);
  assert.equal(first.room(), 5_250);
  first.use(0, 525);
  assert.equal(first.room(), 0);
});

test('a paused partition goes on when it is down to half of its limit, in both', () => {
  const { first } = budgetOf(4);
  first.use(5_250, 525);
  assert.equal(first.room(), 0);
  for (const [bytes, records] of [
    [2_626, 0],
    [0, 263],
  ] as const) {
    first.use(bytes, records);
    assert.deepEqual([first.room(), first.isPaused], [0, true]);
  }
  first.use(2_625, 262);
  assert.deepEqual([first.room(), first.isPaused], [2_625, false]);
});

test('shares follow the number of partitions that are held', () => {
  const { budget, accounts, first } = budgetOf(2);
  first.use(2_600, 0);
  assert.equal(first.room(), 2_500 + 4_000 - 2_600);
  budget.close(accounts[1] as Account);
  assert.equal(first.room(), 5_000 + 4_000 - 2_600);
  for (let i = 0; i < 3; i++) budget.open();
  assert.equal(first.room(), 1_250 + 4_000 - 2_600);
});

test('one busy partition among a thousand has two fifths of the buffer', () => {
  const { first } = budgetOf(1_000, { maxRecords: 50_000, maxBytes: 64e6 });
  assert(first.room() >= 0.4 * 64e6);
});

const shape = fc.record({
  maxRecords: fc.integer({ min: 1, max: 1e6 }),
  maxBytes: fc.integer({ min: 1, max: 1e9 }),
  partitions: fc.integer({ min: 1, max: 50 }),
});

test('all together never use more than the buffer, however they take turns, and all that is empty has room', () => {
  const steps = fc.array(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3)));
  fc.assert(
    fc.property(shape, steps, ({ partitions, ...limits }, moves) => {
      const { accounts } = budgetOf(partitions, limits);
      const used = accounts.map(() => 0);
      for (const [who, part, kind] of moves) {
        const i = who % partitions;
        const account = accounts[i] as Account;
        const before = used[i] as number;
        // Three of four times it takes some of its room; else it gives some back.
        const after = kind > 0 ? before + Math.floor(account.room() * part) : before * part;
        used[i] = Math.floor(after);
        account.use(used[i] as number, 0);
      }
      const sum = used.reduce((a, b) => a + b, 0);
      // Shares are at least one byte, so that nobody starves in a buffer smaller than the number of partitions.
      assert(sum <= Math.max(limits.maxBytes, partitions), `${sum} of ${limits.maxBytes}`);
      for (const [i, account] of accounts.entries()) if (used[i] === 0) assert(account.room() > 0);
    }),
  );
});
