/**
 * What a handler module sees: the record, the context, the ways to end an attempt, and the constructors that give the
 * module its types. Both the main thread and the worker threads import this file; it has no behaviour beyond them.
 */

/** One Kafka record as the handler gets it. Buffers are the handler's own memory and may be kept. */
export interface HandlerRecord<Value = unknown, Key = unknown> {
  /** The key after `deserialize.key`; null when the record has none. */
  readonly key: Key | null;
  /** The value after `deserialize.value`; null for a tombstone. */
  readonly value: Value;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
  /** In the order of the record, names may repeat, values may be null. */
  readonly headers: readonly (readonly [string, Buffer | null])[];
  /** The last header of that name as text; undefined if there is none or it is null. */
  header(name: string): string | undefined;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970; -1 when the record has none. */
  readonly timestamp: number;
  /** 1 for the first try. A restart of the process or a rebalance starts at 1 again. */
  readonly attempt: number;
}

export interface HandlerLogger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface ThreadIdentity {
  /** Number of the worker thread in this process, from 0; a replaced thread keeps its number. */
  readonly id: number;
}

export interface HandlerContext<State = unknown, Options = unknown> {
  /**
   * Aborted when the attempt has outlived `timeout`, its partition is given up, or the process stops;
   * `signal.reason` is an Error whose `code` is 'timeout', 'revoked' or 'shutdown'.
   */
  readonly signal: AbortSignal;
  /** Log lines carry pipeline, topic, partition, offset and attempt. */
  readonly logger: HandlerLogger;
  /** What `setup` returned in this thread. */
  readonly state: State;
  readonly options: Options;
  readonly thread: ThreadIdentity;
  /**
   * Sends a record to `topic` when this attempt succeeds; a failed attempt sends nothing. Resolves at once: the
   * source record counts as acknowledged only after the broker has acknowledged this one, awaited or not.
   */
  produce(topic: string, message: OutgoingMessage): Promise<void>;
  /** Ends the attempt as handled, counted as skipped. Never returns. */
  skip(reason?: string): never;
  /** Ends the attempt as failed; tried again after `after` ms (or a duration such as '5s'). Never returns. */
  retry(options?: { after?: number | string; reason?: string }): never;
}

/** A record to be produced. Strings are UTF-8, Buffers go as they are, null is null, other values become JSON. */
export interface OutgoingMessage {
  readonly key?: unknown;
  readonly value: unknown;
  readonly headers?: OutgoingHeaders;
  /** Default: chosen by the partitioner from the key. */
  readonly partition?: number;
  /** Milliseconds since 1970; default: now. */
  readonly timestamp?: number;
}

export type OutgoingHeaders =
  | readonly (readonly [string, string | Uint8Array | null])[]
  | Readonly<Record<string, string | Uint8Array | null>>;

const MESSAGE = Symbol.for('millrace.message');

/** Marks a returned value as a message of its own, to set more than the value of the sink record. */
export function message(content: OutgoingMessage): OutgoingMessage {
  return Object.defineProperty({ ...content }, MESSAGE, { value: true });
}

export function isMessage(value: unknown): value is OutgoingMessage {
  return typeof value === 'object' && value !== null && MESSAGE in value;
}

/** The part of Standard Schema version 1 that is used here (standardschema.dev). */
export interface Schema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: unknown }[] };

export interface HandlerDefinition<Value = unknown, State = unknown, Options = unknown> {
  /** Checks each value; a value that doesn't fit is a failure that is not retried. */
  value?: Schema<Value>;
  /** Checks `options` of the pipeline when the thread starts. */
  options?: Schema<Options>;
  /** Once per thread, before its first record; the result is `ctx.state`. */
  setup?(start: {
    options: Options;
    logger: HandlerLogger;
    thread: ThreadIdentity;
  }): State | Promise<State>;
  /** Once per thread, after its last record; not after a thread that died. */
  teardown?(end: { state: State }): void | Promise<void>;
  /** Returns (handled; the value goes to the sink if there is one) or throws (tried again). */
  handle(
    record: HandlerRecord<Value>,
    ctx: HandlerContext<State, Options>,
  ): unknown | Promise<unknown>;
}

/** Gives a handler module its types: `export default defineHandler({ handle(record, ctx) { … } })`. */
export function defineHandler<Value = unknown, State = undefined, Options = unknown>(
  definition: HandlerDefinition<Value, State, Options>,
): HandlerDefinition<Value, State, Options> {
  return definition;
}

/** What ends an attempt by a throw carries this mark, which survives two copies of this package. */
const OUTCOME = Symbol.for('millrace.outcome');
export type Outcome = 'skip' | 'retry' | 'fatal';

const mark = (error: Error, outcome: Outcome): void => {
  Object.defineProperty(error, OUTCOME, { value: outcome });
};

/** Tried again after `after`: milliseconds or a duration such as '5s'; default is the configured backoff. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
  readonly after: number | string | undefined;

  constructor(text: string, options: { after?: number | string; cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.after = options.after;
    mark(this, 'retry');
  }
}

/** Not tried again: `onFailure` decides at once. */
export class NonRetryableError extends Error {
  override readonly name: string = 'NonRetryableError';

  constructor(text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    mark(this, 'fatal');
  }
}

/** What `ctx.skip` throws. */
export class SkipSignal extends Error {
  override readonly name: string = 'SkipSignal';

  constructor(reason: string) {
    super(reason);
    mark(this, 'skip');
  }
}

/** Which way a thrown value ends the attempt; undefined for an ordinary error. */
export function outcomeOf(thrown: unknown): Outcome | undefined {
  if (typeof thrown !== 'object' || thrown === null || !(OUTCOME in thrown)) return undefined;
  return thrown[OUTCOME] as Outcome;
}
