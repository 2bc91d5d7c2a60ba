import type { ChunkPlan } from '../contract/chunk.ts';
import type { Clock } from '../contract/clock.ts';
import { publish } from '../contract/signals.ts';
import type { FromThread, HandlerRefusal, HandlerSpec } from '../contract/thread.ts';
import { PumpHost } from './pump-host.ts';
import { lateStart, START_MS, startError } from './seat.ts';
import { within } from './within.ts';
import { WorkerThread } from './worker-thread.ts';

/**
 * The proof that handlers come up: a spare thread loads them, runs their setup and their teardown, and ends. It gets no record, and no
 * thread that has some is touched.
 */
export class Proof {
  /** Rejects as WorkerPool.start does when the handlers don't come up, and with the cause of `cancel`. */
  readonly done: Promise<void>;
  readonly #handlers: readonly HandlerSpec[];
  readonly #clock: Clock;
  readonly #host: PumpHost;
  readonly #refusals = new Map<number, HandlerRefusal>();
  #loading: number | null = null;
  #isReady = false;
  #failure: Error | null = null;
  #kill: () => void = () => {};

  /** `id`: the number that the setups see, one that no other thread has. */
  constructor(
    handlers: readonly HandlerSpec[],
    id: number,
    maxHeapBytes: number | null,
    clock: Clock,
  ) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#host = new PumpHost(1, maxHeapBytes);
    this.done = this.#run(id);
  }

  cancel(cause: Error): void {
    this.#failure ??= cause;
    this.#kill();
  }

  async #run(id: number): Promise<void> {
    let cancelTimer = (): void => {};
    const receive = (message: FromThread): void => {
      if (!this.#receive(message)) return;
      cancelTimer();
      thread.post({ type: 'stop' });
      cancelTimer = this.#clock.after(TEARDOWN_MS, this.#kill);
    };
    const thread = new WorkerThread<ChunkPlan>(id, 1, this.#handlers, receive);
    const pump = this.#host.run(thread.start);
    this.#kill = () => pump.kill('late');
    cancelTimer = this.#clock.after(START_MS, () => {
      this.cancel(lateStart([{ isReady: false, loading: this.#loading }], this.#handlers));
    });
    const end = await pump.ended;
    thread.takeOver(receive);
    cancelTimer();
    await within(this.#clock, ENDING_MS, this.#host.destroy());
    if (this.#failure) throw this.#failure;
    if (this.#isReady) return;
    const life = { refusals: this.#refusals, loading: this.#loading };
    throw startError(life, this.#handlers, end?.message);
  }

  /** True when the handlers are up. */
  #receive(message: FromThread): boolean {
    if (message instanceof Int32Array) return false;
    if (message.type === 'loading') this.#loading = message.pipeline;
    if (message.type === 'refused') this.#refusals.set(message.pipeline, message.refusal);
    if (message.type === 'log') publish('thread.log', message.line);
    if (message.type !== 'ready') return false;
    this.#isReady = true;
    return true;
  }
}

/** What the teardowns may take; that they end is no part of the proof. */
const TEARDOWN_MS = 5000;
/** What the thread is given to end. */
const ENDING_MS = 200;
