import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../src/cli/demo/journal.ts';
import { type Facts, judge } from '../../../src/cli/demo/verdict.ts';

const KILLED = 7;

/** Calls from lines such as `S 0 a 1`: start or end, offset, key, process; all of partition 0. */
function calls(...lines: string[]): Call[] {
  const all: Call[] = [];
  for (const [at, line] of lines.entries()) {
    const [type, offset, key, pid] = line.split(' ') as [string, string, string, string];
    const same = (call: Call): boolean =>
      call.offset === Number(offset) && call.pid === Number(pid) && call.end === null;
    if (type === 'S') {
      const place = { partition: 0, offset: Number(offset), key, pid: Number(pid) };
      all.push({ ...place, start: at, end: null });
    } else (all.find(same) as Call).end = at;
  }
  return all;
}

function facts(end: number, overrides: Partial<Facts> = {}): Facts {
  const ends = new Map([[0, BigInt(end)]]);
  return { ends, committed: ends, killed: new Set(), maxUncommitted: 10, ...overrides };
}

test('records that were handled once, in order, and committed keep every promise', () => {
  const verdict = judge(calls('S 0 a 1', 'S 1 b 1', 'E 1 b 1', 'E 0 a 1'), facts(2));
  assert.equal(verdict.hasHeld, true);
  assert.deepEqual([verdict.produced, verdict.handled, verdict.keys], [2, 2, 2]);
});

test('a record that was never handled to its end is lost', () => {
  const verdict = judge(calls('S 0 a 1', 'E 0 a 1', 'S 1 b 1'), facts(3));
  assert.deepEqual([verdict.lost, verdict.hasHeld], [['0/1', '0/2'], false]);
});

test('a second call is explained when the first was in a process that was killed', () => {
  const lines = calls(`S 0 a ${KILLED}`, `E 0 a ${KILLED}`, 'S 0 a 1', 'E 0 a 1');
  const verdict = judge(lines, facts(1, { killed: new Set([KILLED]) }));
  assert.deepEqual([verdict.again, verdict.twice, verdict.hasHeld], [['0/0'], [], true]);
});

test('a second call is a fault when the process of the first lived', () => {
  const verdict = judge(calls('S 0 a 1', 'E 0 a 1', 'S 0 a 2', 'E 0 a 2'), facts(1));
  assert.deepEqual([verdict.again, verdict.twice, verdict.hasHeld], [[], ['0/0'], false]);
});

test('more second calls than the bound are a fault in spite of a kill', () => {
  const lines = [0, 1, 2].flatMap((offset) => [
    `S ${offset} ${offset} ${KILLED}`,
    `E ${offset} ${offset} ${KILLED}`,
    `S ${offset} ${offset} 1`,
    `E ${offset} ${offset} 1`,
  ]);
  const verdict = judge(
    calls(...lines),
    facts(3, { killed: new Set([KILLED]), maxUncommitted: 2 }),
  );
  assert.deepEqual([verdict.again.length, verdict.twice.length, verdict.hasHeld], [2, 1, false]);
});

test('a record of a key that starts while the one in front runs breaks the order', () => {
  const verdict = judge(calls('S 0 a 1', 'S 1 a 1', 'E 0 a 1', 'E 1 a 1'), facts(2));
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [['0/1'], false]);
});

test('two records of a key in the wrong order break it', () => {
  const verdict = judge(calls('S 1 a 1', 'E 1 a 1', 'S 0 a 1', 'E 0 a 1'), facts(2));
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [['0/0'], false]);
});

test('after a kill a key may go back to where it was committed, in another process', () => {
  const lines = [`S 0 a ${KILLED}`, `E 0 a ${KILLED}`, `S 1 a ${KILLED}`];
  const again = ['S 0 a 1', 'E 0 a 1', 'S 1 a 1', 'E 1 a 1'];
  const verdict = judge(calls(...lines, ...again), facts(2, { killed: new Set([KILLED]) }));
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [[], true]);
});

test('a partition whose commit is not at its end is named', () => {
  const verdict = judge(calls('S 0 a 1', 'E 0 a 1'), facts(1, { committed: new Map() }));
  assert.deepEqual([verdict.uncommitted, verdict.hasHeld], [[0], false]);
});
