import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What the documents show is run here: examples, commands, links. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'DESIGN.md',
  'CHANGELOG.md',
  'docs/handlers.md',
  'docs/operations.md',
  'docs/testing.md',
  'bench/README.md',
  'examples/flights/README.md',
] as const;

interface Example {
  readonly document: string;
  readonly language: string;
  /** The file that the document says it is: `name` in the line before. */
  readonly file: string | null;
  readonly text: string;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const examples: readonly Example[] = DOCUMENTS.flatMap((document) =>
  [...read(document).matchAll(/(?:^`([^`\n]+)`\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, file, language, text]) => ({
      document,
      file: file ?? null,
      language: language as string,
      text: text as string,
    }),
  ),
);

/** A folder with the named examples of a document, in which `millrace` can be imported. */
function folderOf(t: TestContext, document: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-documents-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const { file, text } of examples.filter((example) => example.document === document)) {
    if (file) writeFileSync(join(folder, file), text);
  }
  return folder;
}

const cli = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--', join(root, 'dist/src/cli/main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

test('the pipeline and the handler of the README are valid as they stand', (t) => {
  const folder = folderOf(t, 'README.md');
  const { status, stdout, stderr } = cli(folder, 'validate', 'millrace.yaml');
  assert.equal(status, 0, stdout + stderr);
});

for (const document of DOCUMENTS) {
  const files = examples.flatMap(({ document: its, language, file }) =>
    its === document && language === 'ts' && file !== null ? [file] : [],
  );
  if (files.length === 0) continue;
  test(`the handlers of ${document} have the types that the package exports`, (t) =>
    assertTypes(folderOf(t, document), files));
}

function assertTypes(folder: string, files: readonly string[]): void {
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: 'es2023',
      module: 'nodenext',
      moduleDetection: 'force',
      types: ['node'],
      lib: ['es2023', 'esnext.disposable'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        millrace: [join(root, 'dist/src/index.d.ts')],
        'millrace/testing': [join(root, 'dist/src/testing/index.d.ts')],
      },
    },
    files,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
}

test('each npm script and each file that a command names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  let seen = 0;
  for (const { document, language, text } of examples) {
    if (language !== 'sh') continue;
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) {
      seen++;
      assert.ok(scripts[script as string], `${document}: npm run ${script}`);
    }
    for (const [, file] of text.matchAll(/\bnode ([\w./-]+\.m?js)/g)) {
      seen++;
      assert.ok(existsSync(join(root, file as string)), `${document}: node ${file}`);
    }
  }
  assert.ok(seen > 5, 'commands are found in the documents');
});

test('each millrace command that a document shows has the options it is shown with', () => {
  let seen = 0;
  for (const document of DOCUMENTS) {
    for (const [, command, rest] of read(document).matchAll(/(?:npx )?millrace (\w+)([^\n`#]*)/g)) {
      const help = cli(root, command as string, '--help');
      if (help.status !== 0) continue;
      seen++;
      for (const [option] of (rest as string).matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) {
        assert.ok(help.stdout.includes(option), `${document}: millrace ${command} ${option}`);
      }
    }
  }
  assert.ok(seen >= 3, 'commands are found in the documents');
});

test('each link to a file leads somewhere', () => {
  for (const document of DOCUMENTS) {
    for (const [, target] of read(document).matchAll(/\]\(([^)#]+)\)/g)) {
      if ((target as string).includes('://')) continue;
      const file = join(root, dirname(document), target as string);
      assert.ok(existsSync(file), `${document} links to ${target}`);
    }
  }
});

test('the example pipeline is valid', () => {
  const { status, stdout, stderr } = cli(root, 'validate', 'examples/flights/millrace.yaml');
  assert.equal(status, 0, stdout + stderr);
});

test('the files and folders that DESIGN.md puts into the house are there', () => {
  const house = /^```\n([\s\S]*?)^```$/m.exec(read('DESIGN.md'))?.[1] as string;
  const path: string[] = [];
  let seen = 0;
  for (const line of house.split('\n').filter((each) => each !== '')) {
    const [first = '', second = ''] = line.trim().split(/ {2,}/);
    const depth = line.search(/\S/) / 2;
    for (const name of /^\S+\/$/.test(second) ? [first, second] : [first]) {
      path.splice(depth, path.length, name);
      seen++;
      assert.ok(existsSync(join(root, ...path)), `DESIGN.md: ${path.join('')}`);
    }
  }
  assert.ok(seen > 12, `${seen} names are found in the house`);
});

test('the commands of the container files name what is there', () => {
  for (const file of ['Dockerfile', 'docker-compose.yml']) {
    for (const [, path] of read(file).matchAll(/\/app\/((?:dist|examples)\/[\w./-]+\.\w+)/g)) {
      assert.ok(existsSync(join(root, path as string)), `${file}: ${path}`);
    }
  }
});
