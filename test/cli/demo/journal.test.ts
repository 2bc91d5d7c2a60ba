import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Journal } from '../../../src/cli/demo/journal.ts';

function openJournal(t: { after(run: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const file = join(folder, 'journal');
  const journal = new Journal(file);
  t.after(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });
  return { journal, append: (text: string) => appendFileSync(file, text) };
}

test('calls are read as the file grows, with the places of their starts and ends', (t) => {
  const { journal, append } = openJournal(t);
  append('S 0 5 LAX 10 1\nS 1 7 DTW 11 2\nE 0 5 LAX 10 1\n');
  journal.read();
  assert.deepEqual(journal.calls, [
    { partition: 0, offset: 5, key: 'LAX', pid: 10, start: 0, end: 2 },
    { partition: 1, offset: 7, key: 'DTW', pid: 11, start: 1, end: null },
  ]);
  append('E 1 7 DTW 11 2\n');
  journal.read();
  assert.equal(journal.calls[1]?.end, 3);
  assert.deepEqual([...journal.handled], ['0/5', '1/7']);
});

test('half a line waits for its other half', (t) => {
  const { journal, append } = openJournal(t);
  append('S 0 5 LAX 10 1\nE 0 5 L');
  journal.read();
  assert.equal(journal.handled.size, 0);
  append('AX 10 1\n');
  journal.read();
  assert.deepEqual([...journal.handled], ['0/5']);
});

test('a record that is handled twice counts once as handled, and for both processes', (t) => {
  const { journal, append } = openJournal(t);
  append('S 0 5 LAX 10 1\nE 0 5 LAX 10 1\nS 0 5 LAX 11 1\nE 0 5 LAX 11 1\n');
  journal.read();
  assert.equal(journal.handled.size, 1);
  assert.deepEqual(
    [...journal.ended],
    [
      [10, 1],
      [11, 1],
    ],
  );
});

test('an end without a start is no journal of ours', (t) => {
  const { journal, append } = openJournal(t);
  append('E 0 5 LAX 10 1\n');
  assert.throws(() => journal.read(), /an end without a start/);
});
