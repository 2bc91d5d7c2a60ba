import type { TestContext } from 'node:test';
import { PoolHarness } from './pool-harness.ts';

/**
 * A program of its own, since Node may end the whole process instead of the thread: lets a handler exhaust a heap of
 * 64 MiB and prints how its thread died, and the verdicts before and after.
 */
const cleanups: (() => unknown)[] = [];
const t = { after: (run: () => unknown) => cleanups.push(run) } as unknown as TestContext;

const pool = await PoolHarness.start(t, {
  files: {
    'handler.mjs': `export default ({ value }) => {
      const kept = [];
      while (value === 'exhaust') kept.push({ one: kept.length, two: [kept.length] });
    }`,
  },
  workers: { maxHeapBytes: 64 * 2 ** 20 },
});
pool.send([{ value: 'ok' }]);
await pool.verdicts(1);
pool.send([
  { value: 'exhaust', offset: 1 },
  { value: 'ok', offset: 2 },
]);
const { death, lost } = await pool.death();
await pool.ups(2);
pool.send([{ value: 'ok' }]);
const after = await pool.verdicts(2);
console.log(JSON.stringify({ death, lost, after }));
for (const cleanup of cleanups.reverse()) await cleanup();
