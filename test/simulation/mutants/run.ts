import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type { BatchResult } from '../batch.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

/**
 * Puts each deliberate bug into a copy of what was built, runs the simulation and then the unit tests of the engine until one fails, and
 * writes the table of test/simulation/README.md. Ends with 1 when a bug is not caught. Arguments: only those whose names contain one of them.
 */
const ROOT = resolve(fileURLToPath(import.meta.url), '../../../../..');
const README = join(ROOT, 'test/simulation/README.md');
const SEEDS = 2000;
/** Much longer than any of it takes on a busy machine: what is over it hangs. */
const TIME_MS = 900_000;

/** How a bug was caught; null when it wasn't. */
interface Catch {
  readonly by: string;
  /** Seeds that ran until then; null when no seed caught it. */
  readonly seeds: number | null;
}

/** A copy of the build that a bug can be put into. */
class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-mutants-'));

  constructor() {
    for (const part of ['dist', 'src', 'config', 'package.json'])
      cpSync(join(ROOT, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /** Runs `work` with the bug in place. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const options = { loader: 'ts', format: 'esm', target: 'es2022' } as const;
    const { code } = await transform(textOf(mutant), options);
    const built = join(this.#folder, 'dist/src', mutant.file.replace(/\.ts$/, '.js'));
    const sound = readFileSync(built);
    writeFileSync(built, code.replaceAll(/(from\s*"[^"]+)\.ts"/g, '$1.js"'));
    try {
      return await work();
    } finally {
      writeFileSync(built, sound);
    }
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** The source file with the bug. Throws when what it replaces isn't there, or not once. */
function textOf({ file, swaps, name }: Mutant): string {
  let text = readFileSync(join(ROOT, 'src', file), 'utf8');
  for (const [from, to] of swaps) {
    if (text.split(from).length !== 2)
      throw new Error(`"${name}": not once in src/${file}: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** A child that takes too long is ended; that, too, catches a bug. */
function within(child: ChildProcess): () => void {
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_MS);
  return () => clearTimeout(timer);
}

async function simulate(copy: Copy): Promise<Catch | null> {
  const args = ['--batch', `1,${SEEDS + 1},1,1`];
  const child = fork(copy.path('dist/test/simulation/run.js'), args, { stdio: 'ignore' });
  const isOver = within(child);
  const exited = once(child, 'exit').then(() => null);
  const message = once(child, 'message').then(([result]) => result as BatchResult);
  const result = await Promise.race([message, exited]);
  await exited;
  isOver();
  if (!result) return { by: 'simulation: it does not end', seeds: null };
  const [failure] = result.failures;
  if (!failure) return null;
  const what = failure.message.replace(/\b(m-)?\d[\d.@]*/g, 'n').replaceAll('|', '/');
  return { by: `simulation: ${what.slice(0, 90)}`, seeds: failure.seed };
}

async function test(copy: Copy): Promise<Catch | null> {
  for (const folder of ['flow', 'kafka', 'kafka/seam', 'pool']) {
    const tests = readdirSync(copy.path(`dist/test/${folder}`))
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => copy.path(`dist/test/${folder}/${name}`));
    const args = ['--test', '--test-reporter=tap', `--test-timeout=${TIME_MS}`, ...tests];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const isOver = within(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    isOver();
    // The innermost comes first: its name says more than that of its group.
    const failed = /not ok \d+ - (.*)/.exec(output)?.[1] ?? 'they do not end';
    if (code !== 0) return { by: `test/${folder}: ${failed.slice(0, 90)}`, seeds: null };
  }
  return null;
}

/** Replaces the rows of the bugs that ran; those of the others stay. */
function writeTable(found: ReadonlyMap<Mutant, Catch | null>): void {
  const [before, after = ''] = readFileSync(README, 'utf8').split(MARK) as [string, string?];
  const old = new Map(after.split('\n').map((line) => [line.split(' | ')[0], line]));
  const rows = MUTANTS.map((mutant) => {
    const bug = `| ${mutant.name}`;
    const caught = found.get(mutant);
    if (caught === undefined) return old.get(bug) ?? `${bug} | ${mutant.file} | not run | |`;
    return `${bug} | ${mutant.file} | ${caught?.by ?? '**not caught**'} | ${caught?.seeds ?? ''} |`;
  });
  const table = ['| bug | in src/ | caught by | seeds |', '| --- | --- | --- | --- |', ...rows];
  writeFileSync(README, `${before}${MARK}\n\n${table.join('\n')}\n`);
}

const MARK = '<!-- written by npm run test:mutants -->';

const wanted = process.argv.slice(2);
const isWanted = ({ name }: Mutant): boolean =>
  wanted.length === 0 || wanted.some((text) => name.includes(text));
const chosen = MUTANTS.filter(isWanted);
for (const mutant of chosen) textOf(mutant);
const found = new Map<Mutant, Catch | null>();
const left = [...chosen];

/** Takes one bug after another into a copy of its own. */
async function work(): Promise<void> {
  using copy = new Copy();
  for (let mutant = left.shift(); mutant; mutant = left.shift()) {
    const caught = await copy.with(
      mutant,
      async () => (await simulate(copy)) ?? (await test(copy)),
    );
    found.set(mutant, caught);
    const how = caught ? `caught by ${caught.by}` : 'NOT CAUGHT';
    process.stdout.write(`${mutant.name}: ${how} ${caught?.seeds ?? ''}\n`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
writeTable(found);
if ([...found.values()].includes(null)) process.exitCode = 1;
