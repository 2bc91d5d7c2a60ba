import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Files of a user's project by their path in it. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** Writes a project into a folder that goes with the test; `millrace` can be imported in it. Returns the folder. */
export async function projectOf(t: TestContext, files: ProjectFiles): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'millrace-project-')));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await linkApi(folder);
  await writeAll(folder, files);
  return folder;
}

/** Makes `millrace` importable in a folder. */
export function linkApi(folder: string): Promise<void> {
  const api = new URL('../../src/contract/handler.js', import.meta.url).href;
  return writeAll(folder, {
    'node_modules/millrace/package.json': '{"type":"module","exports":"./index.js"}',
    'node_modules/millrace/index.js': `export * from '${api}';`,
  });
}

async function writeAll(folder: string, files: ProjectFiles): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
