import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../src/cli/verify/journal.ts';
import { type Facts, judge, type Verdict } from '../../../src/cli/verify/verdict.ts';

const KILLED = 7;

/**
 * Calls of topic t, partition 0, from lines such as `S 0 a 1`: offset, key, process, and the attempt if it isn't the first. S starts, E ends
 * well, F fails, G fails for good, X ends the thread, H hangs. Each process has one thread.
 */
function calls(...lines: string[]): Call[] {
  const all: Call[] = [];
  for (const [at, line] of lines.entries()) {
    const [type = '', offset, key = '', pid, attempt = '1'] = line.split(' ');
    if (type === 'S') {
      const place = { topic: 't', partition: 0, offset: Number(offset), key };
      const by = { attempt: Number(attempt), pid: Number(pid), thread: `${pid}.1` };
      all.push({ ...place, ...by, start: at, end: null, outcome: null });
      continue;
    }
    const call = all.findLast(
      (each) => each.offset === Number(offset) && each.pid === Number(pid) && each.outcome === null,
    ) as Call;
    call.outcome = OUTCOMES[type] ?? null;
    if (type !== 'X' && type !== 'H') call.end = at;
  }
  return all;
}

const OUTCOMES: Readonly<Record<string, Call['outcome']>> = {
  E: 'ok',
  F: 'failed',
  G: 'final',
  X: 'thread-exit',
  H: 'hang',
};

/** Judges lines about a partition with `end` records, all of it committed unless `facts` say otherwise; keys are `a`, but for those given. */
function verdictOf(
  lines: readonly string[],
  end: number,
  facts: Partial<Facts> & { committed?: number; key?: (offset: number) => string } = {},
): Verdict {
  const { committed = end, key = () => 'a' } = facts;
  const lastSign = new Map<string, number>();
  for (const [at, line] of lines.entries()) lastSign.set(`${line.split(' ')[3]}.1`, at);
  return judge(calls(...lines), {
    partitions: [{ topic: 't', partition: 0, end, committed }],
    lastSign,
    killed: new Set([KILLED]),
    faults: new Map(),
    keys: new Map(Array.from({ length: end }, (_, offset) => [`t-0@${offset}`, key(offset)])),
    ordering: 'key',
    maxUncommitted: 10,
    maxAttempts: 2,
    onFailure: 'halt',
    ...facts,
  });
}

test('records that were handled once, in order, and committed keep every promise', () => {
  const verdict = verdictOf(['S 0 a 1', 'S 1 b 1', 'E 1 b 1', 'E 0 a 1'], 2);
  assert.equal(verdict.hasHeld, true);
  assert.deepEqual([verdict.produced, verdict.handled, verdict.lanes], [2, 2, 2]);
});

test('a record of which no call ended well is lost', () => {
  const verdict = verdictOf(['S 0 a 1', 'E 0 a 1', 'S 1 b 1'], 3, { committed: 1 });
  assert.deepEqual([verdict.lost, verdict.uncommitted], [['t-0@1', 't-0@2'], []]);
  assert.equal(verdict.hasHeld, false);
});

test('a record that failed with attempts left, and was not tried again, is lost', () => {
  const verdict = verdictOf(['S 0 a 1', 'F 0 a 1'], 1, { committed: 0 });
  assert.deepEqual([verdict.lost, verdict.hasHeld], [['t-0@0'], false]);
});

test('a record that failed in all its attempts halts its key, and nothing else', () => {
  const lines = ['S 0 a 1', 'F 0 a 1', 'S 0 a 1 2', 'F 0 a 1', 'S 2 b 1', 'E 2 b 1'];
  const key = (offset: number): string => (offset === 2 ? 'b' : 'a');
  const verdict = verdictOf(lines, 3, { committed: 0, key });
  assert.deepEqual([verdict.halted, verdict.held, verdict.lost], [['t-0@0'], ['t-0@1'], []]);
  assert.deepEqual([verdict.handled, verdict.hasHeld], [1, true]);
});

test('a record behind a halted one is lost when its key is another', () => {
  const key = (offset: number): string => (offset === 1 ? 'b' : 'a');
  const verdict = verdictOf(['S 0 a 1', 'G 0 a 1'], 2, { committed: 0, key });
  assert.deepEqual([verdict.halted, verdict.held, verdict.lost], [['t-0@0'], [], ['t-0@1']]);
});

test('a record that is dropped by policy is counted apart, and committed', () => {
  const lines = ['S 0 a 1', 'G 0 a 1', 'S 1 a 1', 'E 1 a 1'];
  const verdict = verdictOf(lines, 2, { onFailure: 'drop' });
  assert.deepEqual([verdict.dropped, verdict.handled, verdict.hasHeld], [['t-0@0'], 1, true]);
});

test('a commit above a record that is not done, or below the end, is a fault', () => {
  const lines = ['S 0 a 1', 'G 0 a 1'];
  assert.deepEqual(verdictOf(lines, 1, { committed: 1 }).uncommitted, ['t-0']);
  const done = ['S 0 a 1', 'E 0 a 1'];
  assert.deepEqual(verdictOf(done, 1, { committed: 0 }).uncommitted, ['t-0']);
});

test('a second call is explained when the first was in a process that was killed', () => {
  const lines = [`S 0 a ${KILLED}`, `E 0 a ${KILLED}`, 'S 0 a 1', 'E 0 a 1'];
  const verdict = verdictOf(lines, 1);
  assert.deepEqual([verdict.again, verdict.twice, verdict.hasHeld], [['t-0@0'], [], true]);
});

test('a second call is explained when the thread of the first was ended by a fault', () => {
  const before = ['S 0 a 1', 'E 0 a 1', 'S 1 b 1'];
  const after = ['S 0 a 2', 'E 0 a 2', 'S 1 b 2', 'E 1 b 2'];
  for (const fault of ['X', 'H']) {
    const verdict = verdictOf([...before, `${fault} 1 b 1`, ...after], 2);
    assert.deepEqual([verdict.again, verdict.hasHeld], [['t-0@0'], true]);
  }
});

test('a second call is a fault when process and thread of the first lived', () => {
  const verdict = verdictOf(['S 0 a 1', 'E 0 a 1', 'S 0 a 2', 'E 0 a 2'], 1);
  assert.deepEqual([verdict.again, verdict.twice, verdict.hasHeld], [[], ['t-0@0'], false]);
});

test('a call after one that failed is a retry, no repetition', () => {
  const verdict = verdictOf(['S 0 a 1', 'F 0 a 1', 'S 0 a 1 2', 'E 0 a 1'], 1);
  assert.deepEqual([verdict.again, verdict.twice, verdict.hasHeld], [[], [], true]);
});

test('more second calls than the bound are a fault in spite of a kill', () => {
  const lines = [0, 1, 2].flatMap((offset) => [
    `S ${offset} ${offset} ${KILLED}`,
    `E ${offset} ${offset} ${KILLED}`,
    `S ${offset} ${offset} 1`,
    `E ${offset} ${offset} 1`,
  ]);
  const verdict = verdictOf(lines, 3, { maxUncommitted: 2 });
  assert.deepEqual([verdict.again.length, verdict.twice.length, verdict.hasHeld], [2, 1, false]);
});

test('a record of a key that starts while the one in front runs breaks the order', () => {
  const verdict = verdictOf(['S 0 a 1', 'S 1 a 1', 'E 0 a 1', 'E 1 a 1'], 2);
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [['t-0@1'], false]);
});

test('two records of a key in the wrong order break it', () => {
  const verdict = verdictOf(['S 1 a 1', 'E 1 a 1', 'S 0 a 1', 'E 0 a 1'], 2);
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [['t-0@1'], false]);
});

test('a record that starts between the attempts of the one in front breaks the order', () => {
  const lines = ['S 0 a 1', 'F 0 a 1', 'S 1 a 1', 'E 1 a 1', 'S 0 a 1 2', 'E 0 a 1'];
  assert.deepEqual(verdictOf(lines, 2).disordered, ['t-0@1']);
});

test('one record that runs twice at the same time breaks the order', () => {
  const lines = [`S 0 a ${KILLED}`, 'S 0 a 1', `E 0 a ${KILLED}`, 'E 0 a 1'];
  assert.deepEqual(verdictOf(lines, 1).disordered, ['t-0@0']);
});

test('after a kill a key may go back to where it was committed', () => {
  const lines = [`S 0 a ${KILLED}`, `E 0 a ${KILLED}`, `S 1 a ${KILLED}`];
  const again = ['S 0 a 1', 'E 0 a 1', 'S 1 a 1', 'E 1 a 1'];
  const verdict = verdictOf([...lines, ...again], 2);
  assert.deepEqual([verdict.disordered, verdict.hasHeld], [[], true]);
});

test('with the order of partitions keys do not matter, and without order nothing does', () => {
  const lines = ['S 0 a 1', 'S 1 b 1', 'E 1 b 1', 'E 0 a 1'];
  assert.deepEqual(verdictOf(lines, 2, { ordering: 'partition' }).disordered, ['t-0@1']);
  const same = ['S 0 a 1', 'S 1 a 1', 'E 1 a 1', 'E 0 a 1'];
  assert.deepEqual(verdictOf(same, 2, { ordering: 'none' }).disordered, []);
  const keyless = ['S 0 - 1', 'S 1 - 1', 'E 1 - 1', 'E 0 - 1'];
  assert.deepEqual(verdictOf(keyless, 2, { key: () => '-' }).disordered, []);
});

test('a fault that never happened proves nothing', () => {
  const faults = new Map([
    ['kill', 0],
    ['hang', 1],
  ] as const);
  const verdict = verdictOf(['S 0 a 1', 'E 0 a 1'], 1, { faults });
  assert.deepEqual([verdict.missing, verdict.hasHeld], [['kill'], false]);
});
