import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Marked, Transactions } from '../../../src/broker/transactions/transactions.ts';
import { NOW_MS } from '../../support/broker-scene.ts';
import { FakeClock } from '../../support/clock.ts';

const NODE = 1;
const fenced = 'PRODUCER_FENCED';

/** Transactions that node 1 coordinates, and what they told partitions and groups. */
class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly marks: string[] = [];
  readonly offsets: string[] = [];
  readonly transactions: Transactions;

  constructor() {
    this.transactions = new Transactions({
      clock: this.clock,
      nowMs: () => NOW_MS,
      maxTimeoutMs: 900_000,
      coordinatorOf: (id) => (id === 'nowhere' ? null : NODE),
      mark: ({ topic, index }, { outcome, producerId, epoch }: Marked) =>
        this.marks.push(`${topic}/${index} ${outcome} ${producerId}:${epoch}`),
      completeOffsets: (producerId, isCommit) =>
        this.offsets.push(`${producerId} ${isCommit ? 'commit' : 'abort'}`),
    });
  }

  begin(transactionalId = 'tx', timeoutMs = 60_000) {
    const { producerId, epoch } = this.transactions.begin(
      NODE,
      { transactionalId, timeoutMs },
      null,
      fenced,
    );
    return { transactionalId, producerId, epoch };
  }

  add(claim: ReturnType<Rig['begin']>, ...indexes: number[]): void {
    const places = indexes.map((index) => ({ topic: 'orders', index }));
    this.transactions.addPartitions(NODE, claim, places, fenced);
  }

  end(claim: ReturnType<Rig['begin']>, outcome: 'commit' | 'abort', bumps = false) {
    return this.transactions.end(NODE, claim, outcome, { fenced, bumps });
  }
}

describe('a producer', () => {
  test('without transactions has an id of its own, with the first epoch', () => {
    const { transactions } = new Rig();
    const [one, other] = [transactions.newProducer(), transactions.newProducer()];
    assert.notEqual(one.producerId, other.producerId);
    assert.deepEqual([one.epoch, other.epoch], [0, 0]);
  });

  test('with a name keeps its id, and has a new epoch each time it begins', () => {
    const rig = new Rig();
    const [one, again, other] = [rig.begin(), rig.begin(), rig.begin('other')];
    assert.deepEqual([again.producerId, again.epoch], [one.producerId, 1]);
    assert.notEqual(other.producerId, one.producerId);
  });

  test('that has used its epochs up gets another id', () => {
    const rig = new Rig();
    const first = rig.begin();
    let last = first;
    for (let i = 0; i < 32_766; i++) last = rig.begin();
    assert.deepEqual([last.producerId, last.epoch], [first.producerId, 32_766]);
    const next = rig.begin();
    assert.notEqual(next.producerId, first.producerId);
    assert.equal(next.epoch, 0);
  });
});

describe('a producer that claims a new epoch', () => {
  const claim = (rig: Rig, { producerId, epoch }: { producerId: bigint; epoch: number }) =>
    rig.transactions.begin(
      NODE,
      { transactionalId: 'tx', timeoutMs: 5000 },
      { producerId, epoch },
      fenced,
    );

  test('gets it once, however often it asks because the answer was lost', () => {
    const rig = new Rig();
    const first = rig.begin();
    assert.equal(claim(rig, first).epoch, 1);
    assert.equal(claim(rig, first).epoch, 1);
    assert.equal(claim(rig, { ...first, epoch: 1 }).epoch, 2);
    assert.throws(() => claim(rig, first), /PRODUCER_FENCED/);
  });

  test('gets none when another one has begun', () => {
    const rig = new Rig();
    const first = rig.begin();
    rig.begin();
    assert.throws(() => claim(rig, first), /PRODUCER_FENCED/);
    assert.throws(() => claim(rig, { producerId: 77n, epoch: 0 }), /PRODUCER_FENCED/);
  });

  test('goes on after its transaction was aborted by its time', () => {
    const rig = new Rig();
    const first = rig.begin('tx', 5000);
    rig.add(first, 0);
    rig.clock.advance(5000);
    const next = { ...first, ...claim(rig, first) };
    assert.equal(next.epoch, 1);
    rig.add(next, 0);
    rig.end(next, 'commit');
    assert.deepEqual(rig.marks, ['orders/0 abort 0:1', 'orders/0 commit 0:1']);
  });

  test('has its open transaction aborted', () => {
    const rig = new Rig();
    const first = rig.begin();
    rig.add(first, 0);
    assert.equal(claim(rig, first).epoch, 1);
    assert.deepEqual(rig.marks, ['orders/0 abort 0:1']);
  });
});

describe('a transaction', () => {
  test('that is committed marks each of its partitions once, and the groups', () => {
    const rig = new Rig();
    const claim = rig.begin();
    rig.add(claim, 0, 1);
    rig.add(claim, 1);
    rig.end(claim, 'commit');
    assert.deepEqual(rig.marks, ['orders/0 commit 0:0', 'orders/1 commit 0:0']);
    assert.deepEqual(rig.offsets, ['0 commit']);
    rig.end(claim, 'commit');
    assert.equal(rig.marks.length, 2);
    assert.throws(() => rig.end(claim, 'abort'), /INVALID_TXN_STATE/);
  });

  test('is aborted in a new epoch when its time is over, and its producer fenced', () => {
    const rig = new Rig();
    const claim = rig.begin('tx', 5000);
    rig.add(claim, 0);
    rig.clock.advance(4999);
    assert.deepEqual(rig.marks, []);
    rig.clock.advance(1);
    assert.deepEqual(rig.marks, ['orders/0 abort 0:1']);
    assert.throws(() => rig.end(claim, 'commit'), /PRODUCER_FENCED/);
  });

  test('is not aborted by its time once it has ended', () => {
    const rig = new Rig();
    const claim = rig.begin('tx', 5000);
    rig.add(claim, 0);
    rig.end(claim, 'commit');
    rig.clock.advance(10_000);
    assert.deepEqual(rig.marks, ['orders/0 commit 0:0']);
  });

  test('is aborted when its producer begins anew', () => {
    const rig = new Rig();
    const claim = rig.begin();
    rig.add(claim, 0);
    assert.equal(rig.begin().epoch, 2);
    assert.deepEqual(rig.marks, ['orders/0 abort 0:1']);
    assert.throws(() => rig.add(claim, 0), /PRODUCER_FENCED/);
  });

  test('ends in a new epoch where each has its own', () => {
    const rig = new Rig();
    const claim = rig.begin();
    rig.add(claim, 0);
    assert.equal(rig.end(claim, 'commit', true).epoch, 1);
    assert.deepEqual(rig.marks, ['orders/0 commit 0:1']);
  });

  test('ends in the same way when its producer did not get the answer, and in no other', () => {
    const rig = new Rig();
    const claim = rig.begin();
    rig.add(claim, 0);
    const next = rig.end(claim, 'commit', true);
    assert.deepEqual(rig.end(claim, 'commit', true), next);
    assert.throws(() => rig.end(claim, 'abort', true), /INVALID_TXN_STATE/);
    assert.throws(() => rig.end({ ...claim, ...next }, 'commit', true), /INVALID_TXN_STATE/);
    assert.throws(() => rig.end(claim, 'commit'), /PRODUCER_FENCED/);
    assert.equal(rig.marks.length, 1);
  });

  test('that was never opened can be aborted where each has its own epoch', () => {
    const rig = new Rig();
    const claim = rig.begin();
    assert.throws(() => rig.end(claim, 'commit', true), /INVALID_TXN_STATE/);
    assert.equal(rig.end(claim, 'abort', true).epoch, 1);
    assert.equal(rig.end(claim, 'abort', true).epoch, 1);
    assert.equal(rig.end({ ...claim, epoch: 1 }, 'abort', true).epoch, 2);
    assert.deepEqual(rig.marks, []);
  });

  test('is committed also in the last epoch of a producer, which then gets another id', () => {
    const rig = new Rig();
    let claim = rig.begin();
    while (claim.epoch < 32_766) claim = { ...claim, ...rig.end(claim, 'abort', true) };
    rig.add(claim, 0);
    const next = rig.end(claim, 'commit', true);
    assert.deepEqual(rig.marks, ['orders/0 commit 0:32767']);
    assert.deepEqual(rig.offsets.at(-1), '0 commit');
    assert.deepEqual([next.producerId, next.epoch], [1n, 0]);
    assert.deepEqual(rig.end(claim, 'commit', true), next);
  });

  test('commits the offsets of groups that were added', () => {
    const rig = new Rig();
    const claim = rig.begin();
    const check = (groupId: string, adds = false): void =>
      rig.transactions.checkOffsets(claim, groupId, adds);
    assert.throws(() => check('one'), /INVALID_TXN_STATE/);
    rig.transactions.addOffsets(NODE, claim, 'one', fenced);
    check('one');
    assert.throws(() => check('other'), /INVALID_TXN_STATE/);
    check('other', true);
    check('other');
    rig.end(claim, 'commit');
    assert.throws(() => check('one'), /INVALID_TXN_STATE/);
  });

  test('may be written to in the partitions that were added, by its producer', () => {
    const rig = new Rig();
    const claim = rig.begin();
    const check = (index: number, adds = false, epoch = claim.epoch): void =>
      rig.transactions.checkWrite({ ...claim, epoch }, { topic: 'orders', index }, adds);
    assert.throws(() => check(0), /INVALID_TXN_STATE/);
    rig.add(claim, 0);
    check(0);
    assert.throws(() => check(1), /INVALID_TXN_STATE/);
    check(1, true);
    check(1);
    assert.throws(() => check(0, false, 9), /INVALID_PRODUCER_EPOCH/);
  });
});

test('a producer without a name has no transactions', () => {
  const rig = new Rig();
  const claim = { ...rig.begin(), transactionalId: '' };
  for (const ask of [
    () => rig.begin(''),
    () => rig.add(claim, 0),
    () => rig.end(claim, 'commit'),
    () => rig.transactions.addOffsets(NODE, claim, 'group', fenced),
    () => rig.transactions.checkWrite(claim, { topic: 'orders', index: 0 }, true),
  ]) {
    assert.throws(ask, /INVALID_REQUEST/);
  }
});

test('another node than the coordinator is not asked', () => {
  const rig = new Rig();
  assert.throws(() => rig.begin('nowhere'), /NOT_COORDINATOR/);
});

test('whatever producers do, each transaction ends once, with all of its partitions, in the way of its end', () => {
  const step = fc.tuple(
    fc.nat(2),
    fc.constantFrom('begin', 'add', 'commit', 'abort', 'wait'),
    fc.nat(3),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rig = new Rig();
      const claims = ['a', 'b', 'c'].map((id) => rig.begin(id, 5000));
      const open = claims.map(() => new Set<number>());
      const deadlines = claims.map(() => Number.POSITIVE_INFINITY);
      const expected: string[] = [];
      const over = (who: number, outcome: string): void => {
        for (const index of open[who] ?? []) expected.push(`${who} ${index} ${outcome}`);
        open[who]?.clear();
        deadlines[who] = Number.POSITIVE_INFINITY;
      };
      for (const [who, what, index] of steps) {
        const claim = claims[who] as (typeof claims)[number];
        try {
          if (what === 'begin') {
            claims[who] = rig.begin(claim.transactionalId, 5000);
            over(who, 'abort');
          } else if (what === 'add') {
            rig.add(claim, index);
            if (open[who]?.size === 0) deadlines[who] = rig.clock.now() + 5000;
            open[who]?.add(index);
          } else if (what === 'wait') {
            rig.clock.advance(1700);
            for (const [i, deadline] of deadlines.entries())
              if (deadline <= rig.clock.now()) over(i, 'abort');
          } else {
            rig.end(claim, what);
            over(who, what);
          }
        } catch (error) {
          // A producer that is fenced, or has nothing open, changes nothing.
          assert.match(String(error), /PRODUCER_FENCED|INVALID_TXN_STATE/);
        }
      }
      const seen = rig.marks.map((mark) => {
        const [place, outcome, producer] = mark.split(' ') as [string, string, string];
        return `${Number(producer.split(':')[0])} ${place.split('/')[1]} ${outcome}`;
      });
      assert.deepEqual(seen.sort(), expected.sort());
    }),
  );
});
