import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReturnCheck } from '../../../src/kafka/seam/return-check.ts';
import { FakeClock } from '../../support/clock.ts';
import { settleable, turn } from '../../support/fake-broker.ts';

/** A check whose looks the test answers. */
function rig() {
  const clock = new FakeClock();
  const looks: ReturnType<typeof settleable<boolean>>[] = [];
  const seen = { found: 0 };
  const check = new ReturnCheck({
    clock,
    delayMs: 1000,
    look: () => {
      const look = settleable<boolean>();
      looks.push(look);
      return look.promise;
    },
    onFound: () => seen.found++,
  });
  return { clock, looks, seen, check };
}

describe('ReturnCheck', () => {
  it('looks once, after its delay, and says what it found', async () => {
    for (const isFound of [true, false]) {
      const { clock, looks, seen, check } = rig();
      check.start();
      clock.advance(999);
      assert.equal(looks.length, 0);
      clock.advance(1);
      looks[0]?.answer(isFound);
      await turn();
      clock.advance(60_000);
      assert.deepEqual([looks.length, seen.found], [1, isFound ? 1 : 0]);
    }
  });

  it('looks again when there was no answer', async () => {
    const { clock, looks, seen, check } = rig();
    check.start();
    clock.advance(1000);
    looks[0]?.fail(new Error('no broker'));
    await turn();
    clock.advance(1000);
    looks[1]?.answer(true);
    await turn();
    assert.deepEqual([looks.length, seen.found], [2, 1]);
  });

  it('says nothing once it is cancelled, before its look and during it', async () => {
    const { clock, looks, seen, check } = rig();
    check.start();
    check.cancel();
    clock.advance(1000);
    assert.equal(looks.length, 0);
    check.start();
    clock.advance(1000);
    check.cancel();
    looks[0]?.answer(true);
    await turn();
    clock.advance(60_000);
    assert.deepEqual([looks.length, seen.found], [1, 0]);
  });
});
