import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A line of the program's JSON log. */
export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The built command line in a process of its own. What it logs is kept and can be waited for. */
export class CliProcess {
  readonly lines: LogEntry[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #waiting = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ) {
    const child = spawn(process.execPath, [MAIN, ...args], {
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
      for (const wake of this.#waiting) wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
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
  async line(fits: (entry: LogEntry) => boolean): Promise<LogEntry> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found) return found;
      if (!this.isRunning) {
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

  #take(line: string): void {
    this.#stdout += `${line}\n`;
    if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogEntry);
    for (const wake of this.#waiting) wake();
  }
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
