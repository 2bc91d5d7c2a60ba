import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Ledger } from '../../src/flow/ledger.ts';

/** Tracks records at these offsets; the position moves to `next`. */
function track(ledger: Ledger, offsets: readonly number[], next?: number): number {
  const base = offsets[0] ?? 0;
  const end = next ?? (offsets.at(-1) ?? 0) + 1;
  const relative = Float64Array.from(offsets, (offset) => offset - base);
  return ledger.track(BigInt(base), relative, offsets.length, BigInt(end));
}

describe('watermark', () => {
  test('an ack behind an open record does not move it', () => {
    const ledger = new Ledger(40n);
    track(ledger, [40, 41, 42]);
    ledger.settle(1, 2);
    assert.equal(ledger.watermark, 40n);
  });

  test('it jumps over what was settled ahead when the gap closes', () => {
    const ledger = new Ledger(40n);
    track(ledger, [40, 41, 57, 58, 60]);
    ledger.settle(1, 2);
    ledger.settle(0, 1);
    assert.equal(ledger.watermark, 58n);
  });

  test('it is the position when nothing is open, past offsets that hold nothing', () => {
    const ledger = new Ledger(0n);
    track(ledger, [0, 1], 9);
    ledger.settle(0, 2);
    assert.equal(ledger.watermark, 9n);
  });

  test('it follows the position over control and compacted records alone', () => {
    const ledger = new Ledger(5n);
    track(ledger, [], 12);
    assert.equal(ledger.watermark, 12n);
    assert.equal(ledger.span, 0);
  });

  test('it stands before an open record however far the position moves', () => {
    const ledger = new Ledger(5n);
    track(ledger, [7], 8);
    track(ledger, [], 1_000);
    assert.equal(ledger.watermark, 7n);
  });

  test('it is exact for offsets beyond 2^53', () => {
    const ledger = new Ledger(2n ** 62n);
    ledger.track(2n ** 62n + 3n, Float64Array.of(0, 4), 2, 2n ** 62n + 9n);
    assert.equal(ledger.watermark, 2n ** 62n + 3n);
    ledger.settle(0, 1);
    assert.equal(ledger.watermark, 2n ** 62n + 7n);
  });
});

test('the top is one past the highest record that was handed out or settled', () => {
  const ledger = new Ledger(0n);
  track(ledger, [0, 1, 2, 3]);
  assert.equal(ledger.top, 0);
  ledger.hand(0, 3);
  assert.equal(ledger.top, 3);
  ledger.takeBack(2);
  assert.equal(ledger.top, 2);
  ledger.settle(1, 1);
  ledger.takeBack(0);
  assert.equal(ledger.top, 2);
  assert.equal(ledger.open(4), 3);
});

describe('a bug stops the process before it commits', () => {
  const bug = { code: 'MR900' };
  const cases: Record<string, (ledger: Ledger) => void> = {
    'a record is settled twice': (ledger) => {
      ledger.settle(1, 1);
      ledger.settle(1, 1);
    },
    'a record below the watermark is settled': (ledger) => {
      ledger.settle(0, 1);
      ledger.settle(0, 1);
    },
    'a record is settled that was never delivered': (ledger) => ledger.settle(2, 2),
    'a record is handed out while a thread has it': (ledger) => {
      ledger.hand(0, 1);
      ledger.hand(0, 1);
    },
    'a settled record is handed out': (ledger) => {
      ledger.settle(1, 1);
      ledger.hand(1, 1);
    },
    'a record comes back that no thread has': (ledger) => ledger.takeBack(0),
    'a record is delivered twice': (ledger) => track(ledger, [2]),
    'the position goes back': (ledger) => track(ledger, [], 2),
    'an epoch spans more offsets than a number can hold': (ledger) =>
      ledger.track(2n ** 60n, Float64Array.of(0), 1, 2n ** 60n + 1n),
  };
  for (const [name, run] of Object.entries(cases)) {
    test(name, () => {
      const ledger = new Ledger(0n);
      track(ledger, [0, 1, 2]);
      assert.throws(() => run(ledger), bug);
    });
  }

  test('an epoch starts at a negative offset', () => {
    assert.throws(() => new Ledger(-1n), bug);
  });
});

test('it agrees with a list of offsets, whatever is delivered and settled in whatever order', () => {
  const step = fc.oneof(
    fc.record({ gaps: fc.array(fc.nat({ max: 5 }), { maxLength: 40 }), tail: fc.nat({ max: 5 }) }),
    fc.record({ pick: fc.nat() }),
    fc.record({ pick: fc.nat() }),
  );
  const property = fc.property(
    fc.nat({ max: 1_000 }),
    fc.array(step, { maxLength: 300 }),
    (start, steps) => {
      const ledger = new Ledger(BigInt(start), 2);
      const all: { offset: number; isOpen: boolean }[] = [];
      let position = start;
      for (const one of steps) {
        if ('pick' in one) {
          const open = all.flatMap(({ isOpen }, seq) => (isOpen ? [seq] : []));
          const seq = open[one.pick % Math.max(1, open.length)];
          if (seq === undefined) continue;
          (all[seq] as { isOpen: boolean }).isOpen = false;
          ledger.settle(seq, 1);
        } else {
          const offsets = one.gaps.map((gap) => {
            position += gap + 1;
            return position - 1;
          });
          position += one.tail;
          assert.equal(track(ledger, offsets, position), all.length);
          for (const offset of offsets) all.push({ offset, isOpen: true });
        }
        const first = all.find(({ isOpen }) => isOpen);
        assert.equal(ledger.watermark, BigInt(first?.offset ?? position));
        assert.equal(ledger.position, BigInt(position));
        assert.equal(ledger.open(all.length), all.filter(({ isOpen }) => isOpen).length);
      }
    },
  );
  fc.assert(property, { numRuns: 200 });
});
