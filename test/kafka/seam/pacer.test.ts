import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pacer } from '../../../src/kafka/seam/pacer.ts';
import { FakeClock } from '../../support/clock.ts';
import { turn } from '../../support/fake-broker.ts';

/** How a round ended, if it has. */
function watch(round: Promise<void>): { end: string } {
  const seen = { end: 'open' };
  round.then(
    () => {
      seen.end = 'over';
    },
    (cause: Error) => {
      seen.end = cause.message;
    },
  );
  return seen;
}

function pacerOf(clock = new FakeClock()): Pacer {
  return new Pacer(clock, 1000);
}

describe('Pacer', () => {
  it('ends a round when its time is over, not before', async () => {
    const clock = new FakeClock();
    const round = watch(pacerOf(clock).round());
    clock.advance(999);
    await turn();
    assert.equal(round.end, 'open');
    clock.advance(1);
    await turn();
    assert.equal(round.end, 'over');
  });

  it('lets the round that runs throw what is demanded, at once, and each later one until it is met', async () => {
    const pacer = pacerOf();
    const first = watch(pacer.round());
    pacer.demand(new Error('join again'));
    await turn();
    assert.equal(first.end, 'join again');
    await assert.rejects(pacer.round(), { message: 'join again' });
    pacer.met();
    const third = watch(pacer.round());
    await turn();
    assert.equal(third.end, 'open');
  });

  it('lets the next round throw when none runs', async () => {
    const pacer = pacerOf();
    pacer.demand(new Error('join again'));
    await assert.rejects(pacer.round(), { message: 'join again' });
  });

  it('lets all of several rounds throw, for one may be heard by nobody', async () => {
    const pacer = pacerOf();
    const rounds = [watch(pacer.round()), watch(pacer.round()), watch(pacer.round())];
    pacer.demand(new Error('join again'));
    await turn();
    assert.deepEqual(
      rounds.map(({ end }) => end),
      ['join again', 'join again', 'join again'],
    );
  });

  it('ends what runs when it is stopped', async () => {
    const pacer = pacerOf();
    const round = watch(pacer.round());
    pacer.stop();
    await turn();
    assert.equal(round.end, 'over');
  });

  it('makes rounds short once it is stopped, and demands nothing more in them', async () => {
    const pacer = pacerOf();
    const round = watch(pacer.round());
    pacer.demand(new Error('join again'));
    pacer.stop();
    await turn();
    assert.equal(round.end, 'over');
    const later = watch(pacer.round());
    await turn();
    assert.equal(later.end, 'over');
  });
});
