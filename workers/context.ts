import type {
  HandlerContext,
  HandlerLogger,
  HandlerRecord,
  OutgoingMessage,
  ThreadIdentity,
} from '../src/contract/handler.ts';
import { RetryableError, SkipSignal } from '../src/contract/handler.ts';
import type { AbortReason } from '../src/contract/thread.ts';
import { type Output, outputOf } from './outputs.ts';

/** What the attempts of one pipeline in one thread have in common. */
export interface Surroundings {
  readonly state: unknown;
  readonly options: unknown;
  readonly thread: ThreadIdentity;
  /** A logger whose lines carry the place of the record. */
  loggerFor(record: HandlerRecord | null): HandlerLogger;
}

/** The context of one attempt. The abort controller and the logger are made when they are first asked for. */
export class Attempt implements HandlerContext {
  /** What the handler has produced so far. */
  outputs: Output[] | null = null;
  /** Whether its verdict is decided. */
  isOver = false;
  /** Set once the record is decoded. */
  record: HandlerRecord | null = null;
  readonly #around: Surroundings;
  #controller: AbortController | null = null;
  #aborted: AbortReason | null = null;
  #logger: HandlerLogger | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get state(): unknown {
    return this.#around.state;
  }

  get options(): unknown {
    return this.#around.options;
  }

  get thread(): ThreadIdentity {
    return this.#around.thread;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(new AbortedError(this.#aborted));
    }
    return this.#controller.signal;
  }

  get logger(): HandlerLogger {
    this.#logger ??= this.#around.loggerFor(this.record);
    return this.#logger;
  }

  /** Why the signal was aborted; null if it wasn't. */
  get aborted(): AbortReason | null {
    return this.#aborted;
  }

  abort(reason: AbortReason): void {
    if (this.#aborted) return;
    this.#aborted = reason;
    this.#controller?.abort(new AbortedError(reason));
  }

  /** Bound, since handlers take it out of the context; made on demand, since most don't use it. */
  get produce(): HandlerContext['produce'] {
    return (topic: string, message: OutgoingMessage): Promise<void> => {
      if (this.isOver) {
        this.logger.warn('ctx.produce was called after the end of the attempt: nothing is sent.', {
          to: topic,
        });
        return Promise.resolve();
      }
      this.outputs ??= [];
      this.outputs.push(outputOf(topic, message));
      return Promise.resolve();
    };
  }

  skip(reason = 'skipped'): never {
    throw new SkipSignal(reason);
  }

  retry(options: { after?: number | string; reason?: string } = {}): never {
    const { after, reason = 'ctx.retry' } = options;
    throw new RetryableError(reason, after === undefined ? {} : { after });
  }
}

/** Reason of an aborted signal. */
export class AbortedError extends Error {
  override readonly name: string = 'AbortError';
  readonly code: AbortReason;

  constructor(reason: AbortReason) {
    super(TEXT[reason]);
    this.code = reason;
  }
}

const TEXT: Record<AbortReason, string> = {
  timeout: 'The attempt has outlived its timeout.',
  revoked: 'The partition is given to another member of the group.',
  shutdown: 'The process stops.',
};
