import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Lanes } from '../../src/flow/lanes.ts';

/** A lane for each number, made ready. */
function readied(...ids: number[]): Lanes {
  const lanes = new Lanes();
  for (const [seq, id] of ids.entries()) lanes.ready(lanes.add(id, seq));
  return lanes;
}

const taken = (lanes: Lanes): number[] => lanes.takeReady().map(({ id }) => id);

test('a ready lane is taken once until it is listed again', () => {
  const lanes = readied(7, 8, 7);
  assert.deepEqual(taken(lanes), [7, 8]);
  assert.deepEqual(taken(lanes), []);
  assert.equal(lanes.hasReady, false);
});

test('a lane that lost its readiness after it was listed is not taken', () => {
  for (const state of ['waiting', 'halted', 'solo', 'parked'] as const) {
    const lanes = readied(7, 8);
    lanes.get(7, 0).state = state;
    assert.deepEqual(taken(lanes), [8], state);
  }
});

test('a lane is forgotten when it is ready and empty', () => {
  const lanes = readied(7);
  const [lane] = lanes.takeReady();
  assert(lane);
  lane.shift();
  lanes.list(lane);
  assert.equal(lanes.size, 0);
});

test('an empty lane that waits for something is kept: later records of its key must not pass', () => {
  const lanes = readied(7);
  const lane = lanes.get(7, 0);
  lane.shift();
  lane.state = 'waiting';
  lanes.list(lane);
  assert.equal(lanes.of(7), lane);
});

test('records without an order do not wait for each other', () => {
  const lanes = readied(0, 0, 0);
  assert.equal(lanes.size, 3);
  assert.equal(lanes.at(0, 1)?.first, 1);
});

test('nothing is left of the lanes after they are cleared', () => {
  const lanes = readied(7, 8);
  lanes.clear();
  assert.deepEqual([lanes.size, lanes.hasReady], [0, false]);
});

test('cutting forgets records and ready lanes that have no other', () => {
  const lanes = readied(7, 8, 7);
  lanes.cut(1);
  assert.deepEqual(taken(lanes), [7]);
  assert.equal(lanes.at(7, 0)?.size, 1);
  assert.equal(lanes.of(8), undefined);
});

describe('nothing is to be done before a deadline', () => {
  const idle = (set: (lanes: Lanes) => void): boolean => {
    const lanes = readied(7);
    set(lanes);
    return lanes.isIdle(100);
  };
  test('with no lane', () => assert.equal(new Lanes().isIdle(100), true));
  test('but for a lane that is ready', () =>
    assert.equal(
      idle(() => {}),
      false,
    ));
  test('but for a retry that is due by then', () => {
    assert.equal(
      idle((lanes) => Object.assign(lanes.get(7, 0), { state: 'waiting', dueMs: 100 })),
      false,
    );
  });
  test('with a retry that is due later', () => {
    assert.equal(
      idle((lanes) => Object.assign(lanes.get(7, 0), { state: 'waiting', dueMs: 101 })),
      true,
    );
  });
  test('with a lane halted by policy', () => {
    assert.equal(
      idle((lanes) => Object.assign(lanes.get(7, 0), { state: 'halted' })),
      true,
    );
  });
});

test('lanes that wait and lanes that were given up are counted apart', () => {
  const lanes = readied(1, 2, 3, 4, 5);
  lanes.get(1, 0).state = 'waiting';
  lanes.get(2, 0).state = 'solo';
  lanes.get(3, 0).state = 'halted';
  lanes.get(4, 0).state = 'parked';
  assert.deepEqual(lanes.blocked, { waiting: 2, halted: 1 });
  assert.equal(lanes.haltedBelow(2), 0);
  assert.equal(lanes.haltedBelow(3), 1);
});

test('the lanes that a thread has closed are found', () => {
  const lanes = readied(1, 2);
  lanes.get(2, 1).closedIn = 3;
  assert.deepEqual(
    lanes.closedBy(3).map(({ id }) => id),
    [2],
  );
});
