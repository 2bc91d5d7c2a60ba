import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The dependency rule of DESIGN.md, as data: which folder may import which, and which packages are whose. */
const RULES: Readonly<
  Record<string, { readonly imports: readonly string[]; readonly owns: readonly string[] }>
> = {
  'src/contract': { imports: [], owns: [] },
  'src/config': { imports: ['src/contract'], owns: ['yaml'] },
  'src/flow': { imports: ['src/contract'], owns: [] },
  'src/pool': { imports: ['src/contract'], owns: ['piscina', 'esbuild'] },
  'src/kafka': {
    imports: ['src/contract'],
    owns: ['kafkajs', 'p-queue', '@node-rs/crc32', 'snappy', 'lz4-napi', '@mongodb-js/zstd'],
  },
  'src/broker': { imports: ['src/contract'], owns: [] },
  'src/observe': { imports: ['src/contract'], owns: ['pino', 'pino-pretty'] },
  // The roots wire the folders: engine.ts and pipeline.ts; index.ts is the public surface.
  src: { imports: ['src/contract', 'src/flow', 'src/pool', 'src/kafka', 'src'], owns: [] },
  'src/cli': {
    imports: ['src/contract', 'src/config', 'src/observe', 'src/broker', 'src'],
    owns: [],
  },
  'src/testing': { imports: ['src/contract', 'src/config', 'src/broker', 'src'], owns: [] },
  workers: { imports: ['src/contract'], owns: [] },
};

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** TypeScript files of the sources, relative to the root. */
function sources(): string[] {
  return ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

/** The folder of RULES that a file belongs to. */
function folderOf(file: string): string {
  const [top, second] = file.split('/');
  const folder = top === 'src' && file.split('/').length > 2 ? `src/${second}` : (top as string);
  assert.ok(RULES[folder], `${file} is in a folder that the rules don't know`);
  return folder;
}

/** What a file imports, types included: relative files from the root, packages by their names. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|import\('([^']+)'\)|require\(\s*[`']([^`']+)[`']/g,
  );
  return [...found].map(([, from, dynamic, required]) => {
    const name = (from ?? dynamic ?? required) as string;
    return name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name;
  });
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

const isPackage = (name: string): boolean =>
  !name.startsWith('node:') && !/\.(ts|json|js)$/.test(name);

test('a folder imports only what the dependency rule allows', () => {
  const wrong: string[] = [];
  for (const file of sources()) {
    const folder = folderOf(file);
    for (const name of importsOf(file)) {
      if (!name.endsWith('.ts')) continue;
      const target = folderOf(name);
      if (target !== folder && !RULES[folder]?.imports.includes(target))
        wrong.push(`${file} imports ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('each package of the stack is imported in the one folder that owns it', () => {
  const wrong: string[] = [];
  for (const file of sources()) {
    for (const name of importsOf(file).filter(isPackage)) {
      if (!RULES[folderOf(file)]?.owns.includes(packageOf(name)))
        wrong.push(`${file} imports ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every package that a folder owns is a dependency with an exact version, and no other is', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const owned = Object.values(RULES).flatMap(({ owns }) => owns);
  assert.deepEqual(Object.keys(dependencies).sort(), [...owned].sort());
  for (const [name, version] of Object.entries(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is pinned`);
  }
});

test('only the command line ends the process', () => {
  const ends = sources()
    .filter((file) => file.startsWith('src/'))
    .filter((file) => /process\.exit\(/.test(readFileSync(join(root, file), 'utf8')));
  // The witness of `millrace verify` runs in threads: one that it ends is the fault that it was ordered to make.
  assert.deepEqual(ends, ['src/cli/main.ts', 'src/cli/verify/witness.ts']);
});

test('a source file can be read in one sitting', () => {
  const long = sources().flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
    return lines > 300 ? [`${file}: ${lines} lines`] : [];
  });
  assert.deepEqual(long, []);
});
