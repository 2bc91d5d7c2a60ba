import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashOf, Journal, nameOf } from '../../../src/cli/verify/journal.ts';

function open(t: TestContext): { journal: Journal; append: (text: string) => void } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-journal-'));
  const file = join(folder, 'journal');
  const journal = new Journal(file);
  t.after(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });
  return {
    journal,
    append: (text) => {
      appendFileSync(file, text);
      journal.read();
    },
  };
}

test('calls are read as the file grows, with what came of them', (t) => {
  const { journal, append } = open(t);
  append('S 10.1.0 t 0 5 aa 1\nS 10.2.0 t 1 7 - 2\nE 10.1.0\nF 10.');
  assert.deepEqual([...journal.handled], ['t-0@5']);
  append('2.0 1\nS 11.1.0 t 1 8 bb 1\nF 11.1.0 0\n');
  assert.deepEqual(
    journal.calls.map(({ offset, pid, thread, start, end, outcome }) => ({
      at: [offset, pid, thread],
      was: [start, end, outcome],
    })),
    [
      { at: [5, 10, '10.1'], was: [0, 2, 'ok'] },
      { at: [7, 10, '10.2'], was: [1, 3, 'final'] },
      { at: [8, 11, '11.1'], was: [4, 5, 'failed'] },
    ],
  );
  assert.deepEqual(
    [...journal.startedBy],
    [
      [10, 2],
      [11, 1],
    ],
  );
  assert.equal(journal.lines, 6);
});

test('faults take the place of an end, and are counted', (t) => {
  const { journal, append } = open(t);
  append('S 10.1.0 t 0 5 aa 1\nX 10.1.0\nS 10.2.0 t 0 6 aa 1\nH 10.2.0\n');
  assert.deepEqual(
    journal.calls.map(({ end, outcome }) => [end, outcome]),
    [
      [null, 'thread-exit'],
      [null, 'hang'],
    ],
  );
  assert.deepEqual([journal.count('thread-exit'), journal.count('hang')], [1, 1]);
  assert.deepEqual([journal.lastSign.get('10.1'), journal.lastSign.get('10.2')], [1, 3]);
});

test('an end without a start is no journal of ours', (t) => {
  const { append } = open(t);
  assert.throws(() => append('E 10.1.0\n'), /an end without a start/);
});

test('records have names, and keys are told apart without being shown', () => {
  assert.equal(nameOf({ topic: 'a.b', partition: 3, offset: 9 }), 'a.b-3@9');
  assert.equal(hashOf(null), '-');
  assert.match(hashOf(Buffer.from('secret')), /^[0-9a-f]{16}$/);
  assert.notEqual(hashOf(Buffer.from('')), hashOf(null));
});
