import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A line of the program's JSON log. */
export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Laid over the environment of the test. */
  readonly env?: Record<string, string>;
}

/** How a process ended, and all that it said. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From its start to its end. */
  readonly livedMs: number;
}

/** The built command line in a process of its own. What it logs is kept and can be waited for. */
export class CliProcess {
  readonly lines: LogEntry[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #waiting = new Set<() => void>();
  readonly #startedMs: number = performance.now();
  #stdout = '';
  #stderr = '';
  /** Whether it has ended and all that it said is here. */
  #isOver = false;

  constructor(args: readonly string[], options: CliOptions = {}) {
    // Behind -- node takes no option of ours, such as --env-file, for its own.
    const child = spawn(process.execPath, ['--', MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.stderr.on('data', (piece) => {
      this.#stderr += String(piece);
    });
    this.#exited = once(child, 'close').then(([code, signal]) => {
      this.#isOver = true;
      for (const wake of this.#waiting) wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /** A process that ends with the test at the latest. */
  static of(t: TestContext, args: readonly string[], options: CliOptions = {}): CliProcess {
    const process = new CliProcess(args, options);
    t.after(() => process.kill());
    return process;
  }

  /** Runs a command to its end. */
  static result(
    t: TestContext,
    args: readonly string[],
    options: CliOptions = {},
  ): Promise<CliResult> {
    return CliProcess.of(t, args, options).result();
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the first line, past or future, that fits. Rejects when the process ends before. */
  line(fits: (entry: LogEntry) => boolean): Promise<LogEntry> {
    return this.#until(() => this.lines.find(fits));
  }

  /** Resolves with the first match in what it printed, past or future. Rejects when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(() => pattern.exec(this.#stdout) ?? undefined);
  }

  async #until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.#isOver) {
        throw new Error(`The process ended before that line.\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit code, or the signal that ended it, and milliseconds since the call. */
  async exit(): Promise<{ code: number | null; signal: NodeJS.Signals | null; elapsedMs: number }> {
    const startedMs = performance.now();
    const { code, signal } = await this.#exited;
    return { code, signal, elapsedMs: performance.now() - startedMs };
  }

  async result(): Promise<CliResult> {
    const { code } = await this.#exited;
    const livedMs = performance.now() - this.#startedMs;
    return { code, stdout: this.#stdout, stderr: this.#stderr, livedMs };
  }

  /** Ends the process by force, if it hasn't ended. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #take(line: string): void {
    this.#stdout += `${line}\n`;
    if (line.startsWith('{"')) this.lines.push(JSON.parse(line) as LogEntry);
    for (const wake of this.#waiting) wake();
  }
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
