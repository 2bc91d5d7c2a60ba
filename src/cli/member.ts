import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { childEnv, type Parent } from './parent.ts';

/** How a member is started. */
export interface MemberStart {
  readonly parent: Parent;
  /** Those of `millrace run`. */
  readonly args: readonly string[];
  /** Its log goes there. */
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A member of a group that is put to the test: `millrace run` in a process of its own, as a user would start it. */
export class Member {
  readonly name: string;
  /** Resolves when it has its first assignment; never when it ends before. */
  readonly running: Promise<unknown>;
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;

  constructor(name: string, { parent, args, logFile, env }: MemberStart) {
    this.name = name;
    const log = openSync(logFile, 'w');
    // Behind -- node takes no option of ours, such as --env-file, for its own.
    this.#child = spawn(process.execPath, ['--', MAIN, 'run', ...args], {
      // It ends when the channel does, however this process ends.
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...childEnv(parent), ...env },
    });
    closeSync(log);
    this.running = new Promise((resolve) => this.#child.once('message', resolve));
    this.ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The exit code, or the signal that ended it. */
  get end(): number | string {
    return this.#child.exitCode ?? this.#child.signalCode ?? 'gone';
  }

  /** Sends a signal and waits for the end; resolves with the exit code, or the signal that ended it. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    if (this.isRunning) {
      this.#child.kill(signal);
      await this.ended;
    }
    return this.end;
  }
}

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
