import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineTail } from '../../src/cli/line-tail.ts';

test('a file is read on as it grows, whole lines only, however they were cut', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tail-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'lines');
  const seen: [string, number][] = [];
  const tail = new LineTail(file, (line, at) => seen.push([line, at]));
  t.after(() => tail.close());
  tail.read();
  assert.deepEqual(seen, []);
  appendFileSync(file, 'one\ntw');
  tail.read();
  assert.deepEqual(seen, [['one', 0]]);
  appendFileSync(file, 'o\n\nthree\n');
  tail.read();
  assert.deepEqual(seen.slice(1), [
    ['two', 1],
    ['', 2],
    ['three', 3],
  ]);
  const long = 'x'.repeat(300_000);
  appendFileSync(file, `${long}\n`);
  tail.read();
  assert.deepEqual([seen.at(-1)?.[0] === long, tail.lines], [true, 5]);
});
