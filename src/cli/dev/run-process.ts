import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../contract/errors.ts';
import { childEnv } from '../parent.ts';
import type { FromRun, ToRun } from './link.ts';

/** The process that runs the pipelines for `millrace dev`: `millrace run`, with a channel to its parent. */
export class RunProcess {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #isStopping = false;
  #isUp = false;
  #hasMissed = false;

  /** `args`: those of `millrace run`. */
  constructor(args: readonly string[]) {
    // A group of its own: ctrl-C reaches it through us, once. Behind -- node takes no option of ours, such as --env-file, for its own.
    this.#child = fork(MAIN, ['run', ...args], {
      execArgv: [...process.execArgv, '--'],
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: childEnv('dev'),
    });
    this.#child.on('message', (_: FromRun) => this.#up());
    this.ended = once(this.#child, 'exit').then(([code, signal]) => this.#codeOf(code, signal));
  }

  /** Whether it is there to be told something. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** While it starts, its handlers may be loaded or not: they are reloaded once it is up. */
  reload(): void {
    if (this.#isUp) this.#send({ millrace: 'reload' });
    else this.#hasMissed = true;
  }

  /** Whether handlers changed while it started, and it never came up: they were not tried. */
  get hasMissed(): boolean {
    return this.#hasMissed;
  }

  #up(): void {
    this.#isUp = true;
    if (this.#hasMissed) this.#send({ millrace: 'reload' });
    this.#hasMissed = false;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Lets it drain and end. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#child.kill('SIGTERM');
  }

  /** Ends a drain that takes too long. */
  hurry(): void {
    this.#child.kill('SIGTERM');
  }

  /** A child that our signal ends has not begun to listen to it: it has started nothing. */
  #codeOf(code: number | null, signal: NodeJS.Signals | null): number {
    if (code !== null) return code;
    return this.#isStopping && signal === 'SIGTERM' ? EXIT.ok : EXIT.failure;
  }

  #send(message: ToRun): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
