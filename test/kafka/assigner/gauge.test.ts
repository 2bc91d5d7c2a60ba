import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Even, Poured } from '../../../src/kafka/assigner/gauge.ts';

test('poured partitions lie as if each had gone to the least loaded member', () => {
  const moves = fc.array(fc.boolean(), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 6 }), moves, (held, adds) => {
      const gauge = new Poured(held);
      let poured = 0;
      for (const add of adds) {
        if (!add && poured === 0) continue;
        poured += add ? 1 : -1;
        if (add) gauge.add();
        else gauge.remove();
        const { low, high } = naive(held, poured);
        assert.deepEqual({ low: gauge.low, high: gauge.high }, { low, high });
      }
    }),
  );
});

test('before anything is poured nobody has one to give away', () => {
  const gauge = new Poured([4, 2]);
  assert.equal(gauge.low, 2);
  assert.equal(gauge.high, 0);
});

test('an even split has the sum divided up and down', () => {
  const gauge = new Even(7, 3);
  assert.deepEqual([gauge.low, gauge.high], [2, 3]);
  gauge.remove();
  assert.deepEqual([gauge.low, gauge.high], [2, 2]);
  gauge.add();
  gauge.add();
  assert.deepEqual([gauge.low, gauge.high], [2, 3]);
});

function naive(held: readonly number[], poured: number): { low: number; high: number } {
  const loads = [...held];
  for (let i = 0; i < poured; i++) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + 1;
  }
  const withPoured = loads.filter((load, i) => load > (held[i] ?? 0));
  return { low: Math.min(...loads), high: Math.max(0, ...withPoured) };
}
