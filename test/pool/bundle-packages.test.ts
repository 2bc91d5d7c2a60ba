import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { defineHandler, NonRetryableError, outcomeOf } from '../../src/contract/handler.ts';
import { inputsOf } from '../../src/pool/inputs.ts';
import { bundled, loaded } from '../support/bundles.ts';

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

test('the constructors of millrace make what the threads recognise, without loading the rest of it', async (t) => {
  const { url, folder } = await bundled(t, {
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
  assert.deepEqual(await inputsOf(join(folder, 'handler.ts')), [join(folder, 'handler.ts')]);
});
