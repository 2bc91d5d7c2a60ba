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
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type { BatchResult } from '../batch.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

/**
 * Puts each deliberate bug into a copy of what was built, runs the simulation and then the unit tests of the engine until one fails, and
 * writes the table of test/simulation/README.md. Ends with 1 when a bug is not caught. An argument runs only those whose names contain it.
 */
const ROOT = resolve(fileURLToPath(import.meta.url), '../../../../..');
const README = join(ROOT, 'test/simulation/README.md');
const SEEDS = 2000;
const TIME_MS = 120_000;

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
  async with<T>({ file, swaps, name }: Mutant, work: () => Promise<T>): Promise<T> {
    let text = readFileSync(join(ROOT, 'src', file), 'utf8');
    for (const [from, to] of swaps) {
      if (text.split(from).length !== 2)
        throw new Error(`"${name}": not once in src/${file}: ${from}`);
      text = text.replace(from, () => to);
    }
    const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'es2022' });
    const built = join(this.#folder, 'dist/src', file.replace(/\.ts$/, '.js'));
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
    const args = ['--test', '--test-reporter=tap', '--test-timeout=30000', ...tests];
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

function writeTable(rows: readonly (readonly [Mutant, Catch | null])[]): void {
  const lines = rows.map(
    ([{ name, file }, found]) =>
      `| ${name} | ${file} | ${found?.by ?? '**not caught**'} | ${found?.seeds ?? ''} |`,
  );
  const table = ['| bug | in src/ | caught by | seeds |', '| --- | --- | --- | --- |', ...lines];
  const [before] = readFileSync(README, 'utf8').split(MARK) as [string];
  writeFileSync(README, `${before}${MARK}\n\n${table.join('\n')}\n`);
}

const MARK = '<!-- written by npm run test:mutants -->';

const chosen = MUTANTS.filter(({ name }) => name.includes(process.argv[2] ?? ''));
const rows: [Mutant, Catch | null][] = [];
{
  using copy = new Copy();
  for (const mutant of chosen) {
    const found = await copy.with(mutant, async () => (await simulate(copy)) ?? (await test(copy)));
    process.stdout.write(
      `${found ? 'caught' : 'NOT CAUGHT'}: ${mutant.name}: ${found?.by ?? ''} ${found?.seeds ?? ''}\n`,
    );
    rows.push([mutant, found]);
  }
}
if (chosen.length === MUTANTS.length) writeTable(rows);
if (rows.some(([, found]) => found === null)) process.exitCode = 1;
