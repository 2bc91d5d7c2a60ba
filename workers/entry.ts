import { type MessagePort, threadId } from 'node:worker_threads';
import type { HandlerLogger } from '../src/contract/handler.ts';
import {
  CELL,
  type FromThread,
  type HandlerSpec,
  type Reply,
  type ThreadStart,
  type ToThread,
  viewThreadMemory,
} from '../src/contract/thread.ts';
import type { Surroundings } from './context.ts';
import { type LoadedHandler, loadHandler, RefusedError } from './load-handler.ts';
import type { Origin } from './record.ts';
import { Runner, type RunnerHost } from './runner.ts';
import { loggerOf } from './thread-logger.ts';

/**
 * The pump: the one long task that the pool runs in each thread. It loads the handlers, then takes chunks from its own
 * port and answers them until it is told to stop.
 */
export default async function pump(start: {
  port: MessagePort;
  start: ThreadStart;
}): Promise<number> {
  const thread = new Thread(start.port, start.start);
  await thread.run();
  return threadId;
}

class Thread implements RunnerHost {
  readonly memory: RunnerHost['memory'];
  readonly origins: Map<number, Origin> = new Map();
  readonly #port: MessagePort;
  readonly #start: ThreadStart;
  readonly #runners: Runner[] = [];
  readonly #handlers: { readonly handler: LoadedHandler; readonly logger: HandlerLogger }[] = [];
  #isFlushPlanned = false;
  /** Start of the first record whose verdict waits; 0 when none does. */
  #waitingSinceMs = 0;
  #isRetiring = false;

  constructor(port: MessagePort, start: ThreadStart) {
    this.#port = port;
    this.#start = start;
    this.memory = viewThreadMemory(start.memory, start.pages, start.handlers.length);
  }

  async run(): Promise<void> {
    // The stack of an error names the line that the user wrote, also in a bundle.
    process.setSourceMapsEnabled(true);
    if (!(await this.#load())) {
      await this.#teardown();
      // The next try needs a new thread: this one would get modules that failed to load from its cache.
      process.exit(1);
    }
    const tick = setInterval(() => this.#tick(), TICK_MS);
    const stopped = new Promise<void>((resolve) => {
      this.#port.on('message', (message: ToThread) => {
        if (message.type === 'stop') resolve();
        else this.#receive(message);
      });
    });
    this.#post({ type: 'ready', threadId });
    await stopped;
    clearInterval(tick);
    this.#flush();
    await this.#teardown();
    this.#port.close();
  }

  /** Whether all handlers are there; the others are refused. */
  async #load(): Promise<boolean> {
    const thread = { id: this.#start.thread };
    for (const [index, spec] of this.#start.handlers.entries()) {
      const loggerFor = this.#logger(spec);
      const logger = loggerFor(null);
      this.#post({ type: 'loading', pipeline: index });
      try {
        const handler = await loadHandler(spec, { logger, thread }, LOAD_TIMEOUT_MS);
        this.#handlers.push({ handler, logger });
        const { state, options } = handler;
        const around: Surroundings = { state, options, thread, loggerFor };
        this.#runners.push(new Runner(index, spec, handler, around, this));
      } catch (thrown) {
        if (!(thrown instanceof RefusedError)) throw thrown;
        this.#post({ type: 'refused', pipeline: index, refusal: thrown.refusal });
      }
    }
    return this.#runners.length === this.#start.handlers.length;
  }

  /** All at once, and each by itself: neither one that fails nor one that hangs keeps others from theirs. */
  async #teardown(): Promise<void> {
    await Promise.all(
      this.#handlers.map(async ({ handler, logger }) => {
        try {
          await handler.teardown();
        } catch (error) {
          logger.error('The teardown of the handler failed.', { error });
        }
      }),
    );
  }

  #logger(spec: HandlerSpec): Surroundings['loggerFor'] {
    const { thread } = this.#start;
    return loggerOf({
      pipeline: spec.pipeline,
      thread,
      post: (line) => this.#post({ type: 'log', line }),
    });
  }

  #receive(message: Exclude<ToThread, { type: 'stop' }>): void {
    switch (message.type) {
      case 'chunk':
        (this.#runners[message.pipeline] as Runner).take(
          message.page,
          message.count,
          message.buffer,
        );
        return;
      case 'partition':
        this.origins.set(message.index, message);
        return;
      case 'forget':
        this.origins.delete(message.index);
        for (const runner of this.#runners) runner.forget(message.index);
        return;
      case 'open':
        for (const runner of this.#runners) runner.open(message.index, message.lane);
        this.#flush();
        this.#post({ type: 'opened', index: message.index, lane: message.lane });
        return;
      case 'recall':
        for (const runner of this.#runners) runner.recall(message.index);
        this.#flush();
        this.#post({ type: 'recalled', id: message.id });
        return;
      case 'abort':
        for (const runner of this.#runners) runner.abort(message.index, message.reason);
        return;
    }
  }

  pace(startedMs: number, nowMs: number): void {
    if (this.#waitingSinceMs === 0) this.#waitingSinceMs = startedMs;
    if (nowMs - this.#waitingSinceMs > FLUSH_MS) this.#flush();
  }

  replied(): void {
    if (this.#runners.every((runner) => runner.reply.size === 0)) return;
    if (this.#isFlushPlanned) return;
    // To wake the main thread costs more than a small chunk: those that are here already answer together.
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  overdue(): void {
    if (this.#isRetiring) return;
    this.#isRetiring = true;
    this.#post({ type: 'retiring' });
    for (const runner of this.#runners) runner.retire();
    this.#flush();
    this.#retireWhenAlone(performance.now() + RETIRE_MS);
  }

  /** The thread can go when nothing but overdue records runs, or the others have had their time. */
  #retireWhenAlone(untilMs: number): void {
    const overdue = this.#runners.flatMap((runner) => runner.overdue);
    const running = this.#runners.reduce((sum, runner) => sum + runner.running, 0);
    if (running > overdue.length && performance.now() < untilMs) {
      setTimeout(() => this.#retireWhenAlone(untilMs), 10);
      return;
    }
    this.#flush();
    this.#post({ type: 'retired', overdue });
  }

  #flush(): void {
    this.#waitingSinceMs = 0;
    for (const [pipeline, runner] of this.#runners.entries()) {
      const reply = runner.reply.take();
      if (reply) this.#reply(pipeline, reply);
    }
  }

  #reply(pipeline: number, reply: Reply): void {
    const { runs, failures, outputs } = reply;
    if (failures.length > 0 || outputs) {
      this.#post({ type: 'reply', pipeline, reply });
      return;
    }
    const flat = new Int32Array(runs.length + 1);
    flat[0] = pipeline;
    flat.set(runs, 1);
    this.#post(flat);
  }

  #tick(): void {
    const { cells } = this.memory;
    cells[CELL.tick] = ((cells[CELL.tick] as number) + 1) | 0;
  }

  #post(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

/** Sign of life of the thread's event loop. */
const TICK_MS = 100;
/** Verdicts wait for company at most this long while more are on their way. */
const FLUSH_MS = 0.25;
const LOAD_TIMEOUT_MS = 10_000;
/** What a thread that is to be replaced gives its innocent records to end. */
const RETIRE_MS = 5000;
