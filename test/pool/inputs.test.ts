import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inputsOf } from '../../src/pool/inputs.ts';
import { type ProjectFiles, projectOf } from '../support/handler-files.ts';

/** The inputs of the first file of a project, relative to its folder and sorted. */
async function inputs(t: TestContext, files: ProjectFiles): Promise<string[]> {
  const folder = await projectOf(t, files);
  const found = await inputsOf(join(folder, Object.keys(files)[0] as string));
  return found.map((file) => relative(folder, file)).sort();
}

test('inputs are the files that a change of would change the handler', async (t) => {
  const found = await inputs(t, {
    'src/handler.ts': `import { a } from '../lib/a'; import r from './r.json'; export default [a, r];`,
    'lib/a.ts': 'export const a = 1;',
    'src/r.json': '{}',
  });
  assert.deepEqual(found, ['lib/a.ts', 'src/handler.ts', 'src/r.json']);
});

test('JavaScript has them too, imported or required, however deep', async (t) => {
  const found = await inputs(t, {
    'handler.mjs': `import { a } from './a.mjs'; export { default } from '#b'; await import('./c.cjs');`,
    'a.mjs': `export * from './lib/d.mjs';`,
    'b.mjs': 'export default () => {};',
    'c.cjs': `require('./e.cjs');`,
    'e.cjs': '',
    'lib/d.mjs': 'export const a = 1;',
    'package.json': '{ "imports": { "#b": "./b.mjs" } }',
  });
  assert.deepEqual(found, ['a.mjs', 'b.mjs', 'c.cjs', 'e.cjs', 'handler.mjs', 'lib/d.mjs']);
});

test('packages and what Node has are no inputs', async (t) => {
  const found = await inputs(t, {
    'handler.mjs': `import fs from 'node:fs'; import 'path'; import 'millrace'; import 'part'; import './node_modules/part/x.js';`,
    'node_modules/part/index.js': '',
    'node_modules/part/x.js': '',
  });
  assert.deepEqual(found, ['handler.mjs']);
});

test('what does not parse is an input, and what is not there', async (t) => {
  const found = await inputs(t, {
    'handler.mjs': `import './broken.mjs'; import './missing.mjs'; import './good.mjs'; import 'no-such-package';`,
    'broken.mjs': 'export const (',
    'good.mjs': '',
  });
  assert.deepEqual(found, ['broken.mjs', 'good.mjs', 'handler.mjs', 'missing.mjs']);
});

test('a handler that is not there is its only input', async (t) => {
  const folder = await projectOf(t, {});
  assert.deepEqual(await inputsOf(join(folder, 'no.mjs')), [join(folder, 'no.mjs')]);
});
