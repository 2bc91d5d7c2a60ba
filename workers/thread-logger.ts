import type { LogLevel } from '../src/contract/config.ts';
import type { HandlerLogger, HandlerRecord } from '../src/contract/handler.ts';
import type { ThreadLogLine } from '../src/contract/thread.ts';

/** Makes loggers of one pipeline: for a record, whose place each line then carries, or (null) for setup. */
export function loggerOf(options: {
  pipeline: string;
  thread: number;
  post: (line: ThreadLogLine) => void;
}): (record: HandlerRecord | null) => HandlerLogger {
  const { pipeline, thread, post } = options;
  return (record) => {
    const write = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
      const place = record
        ? {
            topic: record.topic,
            partition: record.partition,
            offset: String(record.offset),
            attempt: record.attempt,
          }
        : {};
      post({
        level,
        message: text(message),
        pipeline,
        thread,
        fields: { ...place, ...plain(fields) },
      });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
  };
}

/** Fields as they can cross a thread: what can't be cloned becomes text, an error its parts. Never throws. */
function plain(fields: unknown): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  try {
    for (const [name, value] of entriesOf(fields)) out[name] = plainValue(value);
  } catch {
    out['fields'] = UNREADABLE;
  }
  return out;
}

/** An error or a lone value in place of the fields is one field. */
function entriesOf(fields: unknown): [string, unknown][] {
  if (fields instanceof Error) return [['error', fields]];
  if (typeof fields !== 'object') return fields === undefined ? [] : [['value', fields]];
  return Object.entries(fields ?? {});
}

function plainValue(value: unknown): unknown {
  try {
    if (value instanceof Error) {
      return { name: text(value.name), message: text(value.message), stack: text(value.stack) };
    }
    if (typeof value === 'object' && value !== null) return JSON.parse(JSON.stringify(value));
  } catch {
    return text(value);
  }
  return CLONED.has(typeof value) || value === null ? value : text(value);
}

function text(value: unknown): string {
  try {
    return String(value);
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE = 'not readable';
/** Types of values that cross a thread as they are and are the same in every log format. */
const CLONED = new Set(['undefined', 'boolean', 'number', 'string']);
