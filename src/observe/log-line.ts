import type { LogLevel } from '../contract/config.ts';
import type { ErrorReport } from '../contract/errors.ts';

/** A line to be logged, before it is decided whether it is one of many. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /**
   * Lines of the same `key` say the same; null is never folded. `broadKey` is coarser: it stands in when too many keys
   * are about.
   */
  readonly fold: { readonly key: string; readonly broadKey: string } | null;
}

export function line(level: LogLevel, message: string, fields: object): LogLine {
  return { level, message, fields: { ...fields }, fold: null };
}

/** A line that is one of many when another has the same `by` and, while there is room to tell them apart, `details`. */
export function repeated(
  level: LogLevel,
  message: string,
  fields: object,
  { by, details }: { readonly by: readonly unknown[]; readonly details: readonly unknown[] },
): LogLine {
  const fold = { key: JSON.stringify([...by, ...details]), broadKey: JSON.stringify(by) };
  return { level, message, fields: { ...fields }, fold };
}

/** An error as a field: only the parts that are there. */
export function errorField({ name, message, code, stack }: ErrorReport): Record<string, string> {
  return {
    name,
    message,
    ...(code === null ? {} : { code }),
    ...(stack === null ? {} : { stack }),
  };
}
