import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../parent.ts';

/** A member of the demo's group: `millrace run` in a process of its own, as a user would start it. */
export class Member {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** Its log goes to a file in `folder`, where its configuration is. */
  constructor(name: string, folder: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    const log = openSync(join(folder, `${name}.log`), 'w');
    this.#child = spawn(process.execPath, [MAIN, 'run', '-c', join(folder, 'demo.yaml')], {
      // It ends when the channel does, however this process ends.
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...childEnv('demo'), ...env },
    });
    closeSync(log);
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal and waits for the end; resolves with the exit code, or the signal that ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    if (this.isRunning) {
      this.#child.kill(signal);
      await this.#ended;
    }
    return this.#child.exitCode ?? this.#child.signalCode ?? 'gone';
  }
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
