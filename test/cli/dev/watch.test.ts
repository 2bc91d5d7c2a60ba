import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Watch } from '../../../src/cli/dev/watch.ts';
import { projectOf } from '../../support/handler-files.ts';

/** A watch of files in a folder, and a promise of its next call. */
async function watching(t: TestContext, names: readonly string[]) {
  const folder = await projectOf(t, Object.fromEntries(names.map((name) => [name, 'a'])));
  const changes = new EventTarget();
  let count = 0;
  const watch = new Watch(() => {
    count++;
    changes.dispatchEvent(new Event('change'));
  });
  t.after(() => watch.close());
  watch.add(names.map((name) => join(folder, name)));
  return { folder, watch, changed: () => once(changes, 'change'), calls: () => count };
}

test('a file that is written is a change', async (t) => {
  const { folder, changed } = await watching(t, ['a.ts']);
  const change = changed();
  await writeFile(join(folder, 'a.ts'), 'b');
  await change;
});

test('a file that is replaced by another, as editors do, is a change, and the next one too', async (t) => {
  const { folder, changed } = await watching(t, ['a.ts']);
  for (const text of ['b', 'c']) {
    const change = changed();
    await writeFile(join(folder, 'a.ts~'), text);
    await rename(join(folder, 'a.ts~'), join(folder, 'a.ts'));
    await change;
  }
});

test('a file that comes later is a change when it was to be watched', async (t) => {
  const { folder, watch, changed } = await watching(t, ['a.ts']);
  watch.add([join(folder, 'later.ts')]);
  const change = changed();
  await writeFile(join(folder, 'later.ts'), 'x');
  await change;
});

test('changes at the same time are told once, and other files of the folder not at all', async (t) => {
  const { folder, changed, calls } = await watching(t, ['a.ts', 'b.ts']);
  const change = changed();
  await writeFile(join(folder, 'other.ts'), 'x');
  for (const name of ['a.ts', 'b.ts', 'a.ts']) await writeFile(join(folder, name), 'b');
  await change;
  assert.equal(calls(), 1);
});

test('a folder that is not there is left out', async (t) => {
  const { watch, folder } = await watching(t, ['a.ts']);
  watch.add([join(folder, 'no/such/file.ts')]);
});
