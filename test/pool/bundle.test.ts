import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MillraceError } from '../../src/contract/errors.ts';
import { defineHandler, NonRetryableError, outcomeOf } from '../../src/contract/handler.ts';
import { type Bundle, bundle } from '../../src/pool/bundle.ts';
import { type ProjectFiles, projectOf } from '../support/handler-files.ts';

/** Bundles the first file of a project. */
async function bundled(t: TestContext, files: ProjectFiles): Promise<Bundle & { folder: string }> {
  const folder = await projectOf(t, files);
  const made = await bundle(join(folder, Object.keys(files)[0] as string));
  t.after(() => made.dispose());
  return { ...made, folder };
}

/** What the bundled first file of a project exports by default, and where the project is. */
async function loaded(t: TestContext, files: ProjectFiles): Promise<[unknown, string]> {
  const { url, folder } = await bundled(t, files);
  const module = (await import(url)) as { default: unknown };
  return [module.default, folder];
}

/** Why a project can't be bundled. */
async function refusal(t: TestContext, files: ProjectFiles): Promise<MillraceError> {
  const thrown = await bundled(t, files).then(
    () => assert.fail('it was bundled'),
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof MillraceError);
  return thrown;
}

test('JavaScript is loaded as it is', async (t) => {
  for (const name of ['handler.js', 'handler.mjs', 'handler.cjs']) {
    const { url, folder, inputs } = await bundled(t, { [name]: '' });
    assert.equal(url, pathToFileURL(join(folder, name)).href);
    assert.deepEqual(inputs, [join(folder, name)]);
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

test('packages stay what they are: found from the importing file, loaded by Node, one copy', async (t) => {
  const { url, folder } = await bundled(t, {
    'handler.ts': `
      import { count } from 'counter';
      import { nested } from './lib/nested.ts';
      import { basename } from 'node:path';
      import { sub } from 'counter/sub';
      export default [count(), nested(), basename('/a/b'), sub];
    `,
    'lib/nested.ts': `import { count } from 'counter'; export const nested = () => count();`,
    'lib/node_modules/counter/package.json': '{ "type": "module", "exports": "./i.js" }',
    'lib/node_modules/counter/i.js': 'export const count = () => "inner";',
    'node_modules/counter/package.json':
      '{ "type": "module", "exports": { ".": "./i.js", "./sub": "./sub.js" } }',
    'node_modules/counter/i.js': 'let n = 0; export const count = () => ++n;',
    'node_modules/counter/sub.js': 'export const sub = "sub";',
  });
  const { default: made } = (await import(url)) as { default: unknown };
  assert.deepEqual(made, [1, 'inner', 'b', 'sub']);
  const direct = pathToFileURL(join(folder, 'node_modules/counter/i.js')).href;
  const { count } = (await import(direct)) as { count: () => number };
  assert.equal(count(), 2);
});

test('of a package the files are taken that Node itself would take', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `import { which } from 'dual'; export default which;`,
    'node_modules/dual/package.json': JSON.stringify({
      main: './main.cjs',
      module: './bundler.js',
      exports: { module: './bundler.js', import: './node.mjs', require: './main.cjs' },
    }),
    // For bundlers only: Node can't load it, since the package isn't of type module.
    'node_modules/dual/bundler.js': 'export const which = "bundler";',
    'node_modules/dual/node.mjs': 'export const which = "node";',
    'node_modules/dual/main.cjs': 'exports.which = "main";',
  });
  assert.equal(made, 'node');
});

test('a CommonJS package gives its exports as it does without a bundle', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `import whole, { named } from 'old'; export default [whole.named, named];`,
    'node_modules/old/package.json': '{ "main": "index.js" }',
    'node_modules/old/index.js': 'exports.named = "old";',
  });
  assert.deepEqual(made, ['old', 'old']);
});

test('a relative CommonJS file may require packages, files and modules of Node', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `import legacy from './legacy.cjs'; export default legacy;`,
    'legacy.cjs': `
      const { basename } = require('node:path');
      const { sep } = require('path');
      const { named } = require('old');
      module.exports = [basename('/a/b'), typeof sep, named, require('./part.cjs'), basename(__filename)];
    `,
    'part.cjs': 'module.exports = "part";',
    'node_modules/old/package.json': '{ "main": "index.js" }',
    'node_modules/old/index.js': 'exports.named = "old";',
  });
  assert.deepEqual(made, ['b', 'string', 'old', 'part', 'legacy.cjs']);
});

test('a file may make its own require, as ES modules do, also beside one that needs ours', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `
      import { createRequire } from 'node:module';
      import legacy from './legacy.cjs';
      const require = createRequire(import.meta.url);
      export default [legacy, require('./data.json').n, require('old').named];
    `,
    'legacy.cjs': `module.exports = require('node:path').basename('/a/b');`,
    'data.json': '{ "n": 1 }',
    'node_modules/old/package.json': '{ "main": "index.js" }',
    'node_modules/old/index.js': 'exports.named = "old";',
  });
  assert.deepEqual(made, ['b', 1, 'old']);
});

test('a CommonJS file may require millrace', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `import legacy from './legacy.cjs'; export default legacy;`,
    'legacy.cjs': `module.exports = require('millrace').NonRetryableError;`,
  });
  assert.equal(made, NonRetryableError);
});

test('a package of TypeScript is bundled: Node would not load it', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `import { typed } from 'typed'; export default typed;`,
    'node_modules/typed/package.json': '{ "type": "module", "exports": "./index.ts" }',
    'node_modules/typed/index.ts':
      'import { named } from "old"; export const typed: string = named;',
    'node_modules/old/package.json': '{ "main": "index.js" }',
    'node_modules/old/index.js': 'exports.named = "old";',
  });
  assert.equal(made, 'old');
});

test('a package that is imported while the handler runs is found too', async (t) => {
  const [made] = await loaded(t, {
    'handler.ts': `export default async () => (await import('late')).late;`,
    'node_modules/late/package.json': '{ "type": "module", "exports": "./i.js" }',
    'node_modules/late/i.js': 'export const late = "late";',
  });
  assert.equal(await (made as () => Promise<string>)(), 'late');
});

test('names from paths of tsconfig.json and from imports of package.json are followed', async (t) => {
  const [made] = await loaded(t, {
    'src/handler.ts': `
      import { price } from '@app/price';
      import { rate } from '#rate';
      export default [price, rate];
    `,
    'src/lib/price.ts': 'export const price: string = "price";',
    'src/rate.ts': 'export const rate: string = "rate";',
    'package.json': '{ "type": "module", "imports": { "#rate": "./src/rate.ts" } }',
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@app/*": ["./src/lib/*"] } } }',
  });
  assert.deepEqual(made, ['price', 'rate']);
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

test('the constructors of millrace make what the threads recognise, without loading the rest of it', async (t) => {
  const { url, inputs, folder } = await bundled(t, {
    'handler.ts': `
      import { defineHandler, NonRetryableError } from 'millrace';
      export default { defineHandler, NonRetryableError };
    `,
  });
  const { default: made } = (await import(url)) as {
    default: { defineHandler: unknown; NonRetryableError: typeof NonRetryableError };
  };
  assert.equal(made.defineHandler, defineHandler);
  assert.equal(made.NonRetryableError, NonRetryableError);
  assert.equal(outcomeOf(new made.NonRetryableError('gone')), 'fatal');
  assert.deepEqual(inputs, [join(folder, 'handler.ts')]);
});

test('inputs are the files that a change of would change the handler', async (t) => {
  const { inputs, folder } = await bundled(t, {
    'src/handler.ts': `import { a } from '../lib/a'; import r from './r.json'; export default [a, r];`,
    'lib/a.ts': 'export const a = 1;',
    'src/r.json': '{}',
  });
  const names = ['lib/a.ts', 'src/handler.ts', 'src/r.json'];
  assert.deepEqual(
    [...inputs].sort(),
    names.map((name) => join(folder, name)),
  );
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
  assert.deepEqual(made.inputs.map((name) => basename(name)).sort(), ['handler.ts', 'part.ts']);
});
