import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FOLDER, NOT_ON } from '../../../src/cli/verify/journal.ts';
import { witness } from '../../../src/cli/verify/witness.ts';
import {
  type HandlerContext,
  type HandlerRecord,
  NonRetryableError,
  SkipSignal,
} from '../../../src/contract/handler.ts';

/** A handler with a witness around it, and the lines that this one has written, without the ids of calls. */
function watched(t: TestContext, handler: (record: HandlerRecord) => unknown) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-witness-'));
  t.after(() => rmSync(folder, { recursive: true }));
  process.env[FOLDER] = folder;
  process.env[NOT_ON] = '["RangeError"]';
  const call = witness(handler);
  delete process.env[FOLDER];
  delete process.env[NOT_ON];
  return {
    folder,
    call: (attempt = 1): unknown => {
      const place = { topic: 't', partition: 2, offset: 9n, rawKey: null, attempt };
      return call({ ...place, value: 1 } as HandlerRecord, {} as HandlerContext);
    },
    lines: () =>
      readFileSync(join(folder, 'journal'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/ \d+\.\d+\.\d+/, '')),
  };
}

test('a witness passes on what a handler returns, and notes the start and the end', async (t) => {
  const plain = watched(t, () => 7);
  assert.equal(plain.call(), 7);
  assert.deepEqual(plain.lines(), ['S t 2 9 - 1', 'E']);
  const later = watched(t, async () => 8);
  const result = later.call(3);
  assert.deepEqual(later.lines(), ['S t 2 9 - 3']);
  assert.equal(await result, 8);
  assert.deepEqual(later.lines(), ['S t 2 9 - 3', 'E']);
});

test('a witness passes on what a handler throws, and notes whether that is the end of the record', async (t) => {
  const thrown: readonly (readonly [unknown, line: string])[] = [
    [new Error('no'), 'F 0'],
    [new NonRetryableError('no'), 'F 1'],
    [new RangeError('no'), 'F 1'],
    [Object.assign(new Error('no'), { code: 'MR211' }), 'F 1'],
    [new SkipSignal('not for us'), 'E'],
    [undefined, 'F 0'],
  ];
  for (const [error, line] of thrown) {
    const sync = watched(t, () => {
      throw error;
    });
    assert.throws(sync.call, (cause) => cause === error);
    assert.deepEqual(sync.lines().slice(1), [line]);
    const later = watched(t, () => Promise.reject(error));
    await assert.rejects(later.call() as Promise<unknown>, (cause: unknown) => cause === error);
    assert.deepEqual(later.lines().slice(1), [line]);
  }
});

test('an order is carried out once, at a first attempt, in the place of the handler', (t) => {
  const { folder, call, lines } = watched(t, () => 7);
  writeFileSync(join(folder, 'hang'), '');
  assert.equal(call(2), 7);
  assert.ok(call() instanceof Promise);
  assert.equal(existsSync(join(folder, 'hang')), false);
  assert.equal(call(), 7);
  assert.deepEqual(lines(), ['S t 2 9 - 2', 'E', 'S t 2 9 - 1', 'H', 'S t 2 9 - 1', 'E']);
});
