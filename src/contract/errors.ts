/**
 * Errors that cross a folder. Each has a stable code: `MR` and three digits, the first of which names the area:
 * 0 command line, 1 configuration, 2 handlers and threads, 3 Kafka, 4 records, 5 stop, 9 a bug in Millrace.
 */

/** How the process ends; DESIGN.md, "Exit codes". */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 69,
  bug: 70,
  abandoned: 75,
  refused: 77,
  config: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type ErrorCode = `MR${number}`;

/** An operating failure: what happened, the facts, and what to do, in one sentence each. */
export class MillraceError extends Error {
  override readonly name: string = 'MillraceError';
  readonly code: ErrorCode;
  /** Exit code if this error ends the process. */
  readonly exit: ExitCode;
  /** Values for the log line: topic, partition, offset, generation and the like. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { exit?: ExitCode; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = options.exit ?? EXIT.failure;
    this.facts = options.facts ?? {};
  }
}

/** The same error with the pipeline it belongs to among its facts; what isn't ours stays as it is. */
export function ofPipeline(cause: unknown, pipeline: string): unknown {
  if (!(cause instanceof MillraceError) || 'pipeline' in cause.facts) return cause;
  const { code, message, exit, facts } = cause;
  return new MillraceError(code, message, { exit, facts: { ...facts, pipeline }, cause });
}

/** What an error looks like after it has crossed a thread: classes, codes and fields don't survive a clone. */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  readonly stack: string | null;
}

const TEXT_MAX = 1024;
const STACK_MAX = 8192;

/** Flattens whatever was thrown, without ever throwing itself; message at most 1 KiB, stack at most 8 KiB. */
export function reportError(thrown: unknown): ErrorReport {
  const read = (field: string): unknown => {
    try {
      return (thrown as Record<string, unknown>)[field];
    } catch {
      return undefined;
    }
  };
  if (typeof thrown === 'object' && thrown !== null) {
    const { name, message, code, stack } = {
      name: read('name'),
      message: read('message'),
      code: read('code'),
      stack: read('stack'),
    };
    return {
      name: text(name, 'Error', 200),
      message: text(message, 'no message', TEXT_MAX),
      code:
        typeof code === 'string' || typeof code === 'number' ? text(String(code), '', 200) : null,
      stack: typeof stack === 'string' ? text(stack, '', STACK_MAX) : null,
    };
  }
  return {
    name: 'Error',
    message: text(describe(thrown), 'no message', TEXT_MAX),
    code: null,
    stack: null,
  };
}

function describe(thrown: unknown): string {
  try {
    return `thrown value: ${String(thrown)}`;
  } catch {
    return 'thrown value that cannot be printed';
  }
}

function text(value: unknown, otherwise: string, max: number): string {
  if (typeof value !== 'string' || value === '') return otherwise;
  return value.length > max ? `${value.slice(0, max - 1)}…` : value;
}
