import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./log-child.js', import.meta.url));
const LINES = 10_000;

interface End {
  readonly code: number | null;
  readonly turns: number;
  readonly dropped: number;
}

async function ended(child: ChildProcessByStdio<null, Readable, Readable>): Promise<End> {
  let report = '';
  child.stderr.on('data', (chunk) => {
    report += String(chunk);
  });
  // While its standard output is not read, the child exits but doesn't close.
  const [[code]] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    once(child.stderr, 'end'),
  ]);
  return { code, ...(JSON.parse(report) as Omit<End, 'code'>) };
}

test('a reader that stalls holds neither the process nor its end up: lines are dropped and counted', async () => {
  const child = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, turns, dropped } = await ended(child);
  child.stdout.destroy();
  assert.equal(code, 0);
  assert.equal(turns, 100);
  assert.ok(dropped > 0 && dropped < LINES, `${dropped}`);
});

test('a reader that goes away ends nothing: lines are dropped and counted', async () => {
  const child = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const { code, turns, dropped } = await ended(child);
  assert.equal(code, 0);
  assert.equal(turns, 100);
  assert.ok(dropped > 0, `${dropped}`);
});

test('a reader that reads gets every line whole, or is told how many are missing', async () => {
  const child = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = ended(child);
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg } = JSON.parse(line) as { msg: string };
    if (msg.startsWith('xxx')) lines++;
  }
  const { code, dropped } = await end;
  assert.equal(code, 0);
  assert.equal(lines + dropped, LINES);
});
