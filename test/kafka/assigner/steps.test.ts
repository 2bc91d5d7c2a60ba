import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { test } from 'node:test';
import type { GroupMember } from '../../../src/kafka/assigner/roster.ts';

const TOPICS = 10;

// Steps are the executions of the assigner's blocks as V8 counts them for code coverage: exact, and the same on every
// machine. Only code that is compiled after the start is counted, so the import has to come after it.
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { assign } = await import('../../../src/kafka/assigner/assign.ts');

const groups: [string, (i: number, members: number, partitions: number) => GroupMember][] = [
  ['a new group', (i) => joining(i, 0, TOPICS)],
  [
    'one member holds everything',
    (i, _, n) => (i === 0 ? holding(i, 0, n) : joining(i, 0, TOPICS)),
  ],
  [
    'one member joins',
    (i, m, n) =>
      i === 0 ? joining(i, 0, TOPICS) : holding(i, ((i - 1) * n) / (m - 1), (i * n) / (m - 1)),
  ],
  [
    'every second member wants only half of the topics',
    (i) => joining(i, 0, i % 2 === 0 ? TOPICS : TOPICS / 2),
  ],
];
for (const [what, memberOf] of groups) {
  test(`ten times the members and partitions take about ten times the steps: ${what}`, async () => {
    const small = await stepsFor(100, 1000, memberOf);
    const large = await stepsFor(1000, 10_000, memberOf);
    // Ten times n log n is 10 x log(1000) / log(100) = 15; a scan of one by the other would be 100.
    assert.ok(large < 16 * small, `${small} steps became ${large}`);
    assert.ok(large > 10_000, 'the steps were not counted');
  });
}

function joining(i: number, from: number, to: number): GroupMember {
  const topics = Array.from({ length: to - from }, (_, topic) => `topic-${from + topic}`);
  return { memberId: `m${String(i).padStart(4, '0')}`, topics, owned: [], generation: 1 };
}

/** Holds the partitions from `from` to below `to`, numbered through the topics in turn. */
function holding(i: number, from: number, to: number): GroupMember {
  const owned = [];
  for (let n = Math.ceil(from); n < to; n++) {
    owned.push({ topic: `topic-${n % TOPICS}`, partitions: [Math.floor(n / TOPICS)] });
  }
  return { ...joining(i, 0, TOPICS), owned };
}

async function stepsFor(
  members: number,
  partitions: number,
  memberOf: (i: number, members: number, partitions: number) => GroupMember,
): Promise<number> {
  const group = Array.from({ length: members }, (_, i) => memberOf(i, members, partitions));
  const counts = new Map(
    Array.from({ length: TOPICS }, (_, i) => [`topic-${i}`, partitions / TOPICS]),
  );
  await session.post('Profiler.takePreciseCoverage');
  assign(group, counts);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ranges = result
    .filter(({ url }) => url.includes('/src/kafka/assigner/'))
    .flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}
