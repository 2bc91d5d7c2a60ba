import type { LogLevel } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { plainFields, plainText } from './log-fields.ts';
import { type Destination, sinkTo } from './log-sink.ts';
import { prettyFormat } from './pretty.ts';
import { MASK, maskOf } from './secret-mask.ts';

/** Writes log lines. Nothing here throws or waits, whatever the fields are and whatever became of the output. */
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  fatal(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Lines dropped because the output was full or gone. */
  readonly dropped: number;
  /** Resolves when all lines are written, at the latest after a second: an output that stalls holds no process up. */
  close(): Promise<void>;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** auto: pretty on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'pretty' | 'json';
  /** Paths of fields to mask, in the notation of pino. */
  readonly redact: readonly string[];
  /** Texts that are masked wherever they turn up. */
  readonly secrets: readonly string[];
  /** Whether `destination` is a terminal. */
  readonly isTerminal: boolean;
  /** Default: the standard output, where container platforms collect logs from. */
  readonly destination?: Destination;
}

/**
 * Opens the log: one JSON object a line with `time` (ISO 8601), `level` (a word), the fields and `msg`; or lines for people.
 * bigint is written as text. Rejects with MR511 (exit 78) when a path of `redact` can't be read.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const { format, isTerminal, secrets, destination = process.stdout } = options;
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const pretty = isPretty ? await prettyFormat(isTerminal && hasColor()) : null;
  const mask = maskOf(secrets);
  const sink = sinkTo(destination, (dropped) =>
    write('warn', 'log lines were dropped: the output was full or gone', { dropped }),
  );
  const logger = await openPino(options, (line) => sink.write(pretty ? pretty(line) : line));

  const write: Log['write'] = (level, message, fields = {}) => {
    if (level === 'silent' || !logger.isLevelEnabled(level)) return;
    try {
      logger[level](plainFields(fields, mask), plainText(message, mask));
    } catch (cause) {
      logger[level]({ reason: plainText(String(cause), mask) }, 'a log line could not be written');
    }
  };
  return {
    write,
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    fatal: (message, fields) => write('fatal', message, fields),
    get dropped() {
      return sink.dropped;
    },
    close: () => sink.close(CLOSE_MS),
  };
}

/** Loaded when it is needed: half of the time that it takes to load this folder would be its. */
async function openPino(
  { level, redact }: LogOptions,
  write: (line: string) => void,
): Promise<import('pino').Logger> {
  const { pino, stdTimeFunctions } = await import('pino');
  try {
    return pino(
      {
        level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        ...(redact.length === 0 ? {} : { redact: { paths: [...redact], censor: MASK } }),
      },
      { write },
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError(
      'MR511',
      `logging.redact can't be used: ${reason}. Write paths such as password, user.email or headers[*].value.`,
      { exit: EXIT.config, cause },
    );
  }
}

/** Whether the user wants colours. Source: no-color.org. */
const hasColor = (): boolean => !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';

const CLOSE_MS = 1000;
