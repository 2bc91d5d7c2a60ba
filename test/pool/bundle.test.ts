import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../../src/pool/bundle.ts';
import { inputsOf } from '../../src/pool/inputs.ts';
import { bundled, loaded, refusal } from '../support/bundles.ts';
import { projectOf } from '../support/handler-files.ts';

test('JavaScript is loaded as it is', async (t) => {
  for (const name of ['handler.js', 'handler.mjs', 'handler.cjs']) {
    const { url, folder } = await bundled(t, { [name]: '' });
    assert.equal(url, pathToFileURL(join(folder, name)).href);
  }
});

test('TypeScript is loaded with all that only TypeScript has', async (t) => {
  const text = `
    import type { Missing } from './no-such-file';
    enum Level { Low = 1, High }
    namespace Units { export const ms = 1000; }
    abstract class Base { constructor(protected readonly level: Level) {} }
    class Handler extends Base { declare x: Missing; get value(): number { return this.level * Units.ms; } }
    export default new Handler(Level.High).value satisfies number;
  `;
  for (const name of ['handler.ts', 'handler.mts']) {
    assert.equal((await loaded(t, { [name]: text }))[0], 2000);
  }
});

test('decorators work as tsconfig.json says', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `
      const seen: string[] = [];
      const note = (_: object, name: string) => void seen.push(name);
      class Handler { @note run() {} }
      new Handler();
      export default seen;
    `,
    'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
  });
  assert.deepEqual(made, ['run']);
});

test('relative imports are found with and without an extension', async (t) => {
  const [made] = await loaded(t, {
    'src/handler.ts': `
      import { a } from './a.ts';
      import { b } from '../lib/b';
      import { c } from './c.js';
      import d from './d.mjs';
      import { e } from './folder';
      export default [a, b, c, d, e];
    `,
    'src/a.ts': 'export const a: string = "a";',
    'lib/b.ts': 'export const b: string = "b";',
    'src/c.ts': 'export const c: string = "c";',
    'src/d.mjs': 'export default "d";',
    'src/folder/index.ts': 'export const e: string = "e";',
  });
  assert.deepEqual(made, ['a', 'b', 'c', 'd', 'e']);
});

test('JSON is imported, with and without its attribute', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `
      import rates from './rates.json';
      import again from './rates.json' with { type: 'json' };
      export default [rates.eur, again.eur];
    `,
    'rates.json': '{ "eur": 1.5 }',
  });
  assert.deepEqual(made, [1.5, 1.5]);
});

test('a file knows its own place, not that of the bundle', async (t) => {
  const [made, folder] = await loaded(t, {
    'src/handler.ts': `
      import { places } from './lib/places.ts';
      export default [
        import.meta.url, import.meta.filename, import.meta.dirname, __filename, __dirname, ...places,
      ];
    `,
    'src/lib/places.ts': 'export const places = [import.meta.url, __dirname];',
  });
  const file = join(folder, 'src/handler.ts');
  const url = pathToFileURL(file).href;
  const lib = join(folder, 'src/lib');
  assert.deepEqual(made, [
    url,
    file,
    dirname(file),
    file,
    dirname(file),
    pathToFileURL(join(lib, 'places.ts')).href,
    lib,
  ]);
});

test('a file may define __dirname and __filename itself, as ES modules do', async (t) => {
  const [made, folder] = await loaded(t, {
    'handler.ts': `
      import { dirname } from 'node:path';
      import { fileURLToPath } from 'node:url';
      const __filename = fileURLToPath(import.meta.url);
      const __dirname = dirname(__filename);
      export default [__filename, __dirname];
    `,
  });
  assert.deepEqual(made, [join(folder, 'handler.ts'), folder]);
});

test('a file may begin with a hashbang, a directive or a comment', async (t) => {
  const rest = 'export default __dirname as string;';
  for (const first of ['#!/usr/bin/env node\n', "'use strict';\n", '/* licence */ ', '\uFEFF']) {
    const [made, folder] = await loaded(t, { 'handler.ts': first + rest });
    assert.equal(made, folder);
  }
});

test('a bundle leaves nothing behind', async (t) => {
  const made = await bundled(t, { 'handler.ts': 'export default 1' });
  const file = fileURLToPath(made.url);
  assert.ok(existsSync(file));
  await made.dispose();
  assert.ok(!existsSync(dirname(file)));
  await made.dispose();
});

test('several handlers are bundled side by side, and the compiler ends with the last', async (t) => {
  const files = { 'a.ts': 'export default "a"', 'b.ts': 'export default "b"', 'c.ts': '(' };
  const folder = await projectOf(t, files);
  const results = await Promise.allSettled(
    Object.keys(files).map((name) => bundle(join(folder, name))),
  );
  for (const result of results) if (result.status === 'fulfilled') t.after(result.value.dispose);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
  const processes = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' });
  const mine = processes.split('\n').filter((line) => line.trim().startsWith(`${process.pid} `));
  assert.ok(!mine.some((line) => line.includes('esbuild --service')), mine.join('\n'));
});

test('without a folder to write to, the refusal says what to set', async (t) => {
  const folder = await projectOf(t, { 'handler.ts': 'export default 1' });
  const { TMPDIR } = process.env;
  t.after(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  process.env['TMPDIR'] = join(folder, 'none');
  await assert.rejects(bundle(join(folder, 'handler.ts')), {
    code: 'MR201',
    message: /needs a folder that can be written: ENOENT.* Name one in the variable TMPDIR\.$/,
  });
});

test('a syntax error is MR201 with the place in the file of the user', async (t) => {
  const refused = await refusal(t, {
    'handler.ts': '\n\nexport default (record => {\n  let 5 = 3;\n',
  });
  assert.equal(refused.code, 'MR201');
  assert.equal(refused.exit, 78);
  assert.match(refused.message, /handler\.ts does not compile: handler\.ts:4:7: Expected ";"/);
});

test('a syntax error in an imported file names that file', async (t) => {
  const refused = await refusal(t, {
    'src/handler.ts': `import { a } from '../lib/a'; export default a;`,
    'lib/a.ts': 'export const a = ;',
  });
  assert.match(refused.message, /: \.\.\/lib\/a\.ts:1:18: Unexpected/);
});

test('an import that is not there is MR201 with the place that asks for it', async (t) => {
  for (const name of [
    './price',
    '../lib/price.ts',
    'no-such-package',
    '@scope/none/deep',
    '#none',
  ]) {
    const refused = await refusal(t, {
      'src/handler.ts': `\nimport { price } from '${name}';\nexport default price;`,
    });
    assert.equal(refused.code, 'MR201');
    assert.match(refused.message, /handler\.ts:2:23: /, name);
    assert.ok(refused.message.includes(`"${name}"`), refused.message);
  }
});

test('a handler file that is gone is MR201', async () => {
  await assert.rejects(bundle('/no/such/handler.ts'), { code: 'MR201' });
});

test('a project may stand in a folder of any name', async (t) => {
  const folder = join(await projectOf(t, {}), "it's 100% #1 [ä] node_modules_not");
  await mkdir(join(folder, 'node_modules/old'), { recursive: true });
  await writeFile(join(folder, 'node_modules/old/index.js'), 'exports.named = "old";');
  await writeFile(join(folder, 'part.ts'), 'export const part: string = "part";');
  await writeFile(
    join(folder, 'handler.ts'),
    `import { named } from 'old'; import { part } from './part'; export default [named, part, __dirname];`,
  );
  const made = await bundle(join(folder, 'handler.ts'));
  t.after(() => made.dispose());
  const module = (await import(made.url)) as { default: unknown };
  assert.deepEqual(module.default, ['old', 'part', folder]);
  assert.deepEqual(
    (await inputsOf(join(folder, 'handler.ts'))).map((name) => basename(name)).sort(),
    ['handler.ts', 'part.ts'],
  );
});
