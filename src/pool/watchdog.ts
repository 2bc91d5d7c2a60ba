import type { Clock } from '../contract/clock.ts';
import { CELL, type HandlerSpec, type ThreadMemory } from '../contract/thread.ts';

/** A thread as the watchdog sees it. */
export interface Watched {
  readonly memory: ThreadMemory;
  readonly isBusy: boolean;
}

/**
 * Finds threads whose event loop doesn't turn: a handler that computes for too long, or for ever. Such a thread can't
 * time out its records itself. Reads two numbers of shared memory per thread, four times a second.
 */
export class Watchdog<Thread extends Watched> {
  readonly #clock: Clock;
  readonly #threads: () => Iterable<Thread>;
  /** Milliseconds that a record may block the thread; by token, or null when none is in its synchronous part. */
  readonly #limitMs: (thread: Thread, token: number | null) => number;
  readonly #onStuck: (thread: Thread, token: number | null) => void;
  readonly #seen = new WeakMap<Thread, { tick: number; sinceMs: number }>();
  #cancel: () => void = () => {};

  constructor(options: {
    clock: Clock;
    threads: () => Iterable<Thread>;
    limitMs: (thread: Thread, token: number | null) => number;
    onStuck: (thread: Thread, token: number | null) => void;
  }) {
    this.#clock = options.clock;
    this.#threads = options.threads;
    this.#limitMs = options.limitMs;
    this.#onStuck = options.onStuck;
  }

  start(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const nowMs = this.#clock.now();
    for (const thread of this.#threads()) {
      const tick = Atomics.load(thread.memory.cells, CELL.tick);
      const seen = this.#seen.get(thread);
      if (!seen || seen.tick !== tick || !thread.isBusy) {
        this.#seen.set(thread, { tick, sinceMs: nowMs });
        continue;
      }
      const current = Atomics.load(thread.memory.cells, CELL.current);
      const token = current === 0 ? null : current - 1;
      if (nowMs - seen.sinceMs >= this.#limitMs(thread, token)) this.#onStuck(thread, token);
    }
  }
}

const LOOK_MS = 250;

/**
 * How long a thread may be blocked, in ms: as long as the record that blocks it may run, grace included; when none is known, the
 * longest of all pipelines.
 */
export function blockLimitMs(
  handlers: readonly HandlerSpec[],
  thread: { pipelineOf(token: number): number | null },
  token: number | null,
): number {
  const pipeline = token === null ? null : thread.pipelineOf(token);
  const specs = pipeline === null ? handlers : [handlers[pipeline] as HandlerSpec];
  return Math.max(...specs.map(({ timeoutMs, graceMs }) => timeoutMs + graceMs));
}
