import type { ConfigIssue } from '../config/issue.ts';
import { type ReadResult, readConfig } from '../config/read.ts';
import { renderIssues } from '../config/render.ts';
import { MillraceError } from '../contract/errors.ts';
import { HandlerRefusedError, refusalText } from '../contract/handler-refused.ts';
import { UsageError } from './arguments.ts';

/** The options that say which configuration is meant; see `parseArgs`. */
export const configOptions = {
  config: { type: 'string', short: 'c', multiple: true },
  only: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  'env-file': { type: 'string' },
} as const;

export interface ConfigValues {
  readonly config?: string[] | undefined;
  readonly only?: string[] | undefined;
  readonly set?: string[] | undefined;
  readonly 'env-file'?: string | undefined;
}

/**
 * Reads the configuration that the options name. `files` replaces the option and its default. Throws UsageError for a file or a pipeline
 * without a name, which a variable of the shell that isn't set makes.
 */
export function readFrom(values: ConfigValues, files?: readonly string[]): ReadResult {
  const fallback = process.env['MILLRACE_CONFIG'] || 'millrace.yaml';
  const envFile = values['env-file'];
  return readConfig({
    files: (files ?? values.config ?? [fallback]).map((file) => named('--config', file)),
    cwd: process.cwd(),
    env: process.env,
    envFile: envFile === undefined ? undefined : named('--env-file', envFile),
    sets: values.set,
    only: values.only?.flatMap(idsOf),
  });
}

function named(option: string, file: string): string {
  if (file !== '') return file;
  throw new UsageError(`${option} takes the name of a file, and got an empty text.`, null);
}

function idsOf(list: string): string[] {
  const ids = list.split(',').map((id) => id.trim());
  if (!ids.includes('')) return ids;
  throw new UsageError(
    `--only takes ids of pipelines with commas between, and one in "${list}" is empty.`,
    null,
  );
}

/** The same options as arguments for another process. */
export function argumentsOf(values: ConfigValues): string[] {
  const named = (name: string, list: readonly string[] = []): string[] =>
    list.flatMap((value) => [`--${name}`, value]);
  return [
    ...named('config', values.config),
    ...named('only', values.only),
    ...named('set', values.set),
    ...named('env-file', values['env-file'] === undefined ? [] : [values['env-file']]),
  ];
}

/** Prints issues for people, on standard error. */
export function printIssues(issues: readonly ConfigIssue[]): void {
  if (issues.length === 0) return;
  process.stderr.write(renderIssues(issues, { color: process.stderr.isTTY === true }));
}

/** Where in a pipeline the cause of an error stands, by code. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  MR201: ['handler'],
  MR203: ['handler'],
  MR204: ['handler'],
  MR303: ['source', 'topics'],
  MR304: ['source', 'topics'],
  MR308: ['source', 'partitions'],
  MR313: ['source', 'sessionTimeout'],
  MR340: ['sink', 'topic'],
};

/** An error that was found after reading, as issues with their places; null when it has no place in the configuration. */
export function issuesOf(cause: unknown, read: ReadResult): ConfigIssue[] | null {
  if (cause instanceof HandlerRefusedError) {
    return cause.refusals.map(({ pipeline, refusal }) => {
      const key = refusal.stage === 'options' ? 'options' : 'handler';
      return read.issueAt(['pipelines', pipeline, key], cause.code, refusalText(refusal));
    });
  }
  if (!(cause instanceof MillraceError)) return null;
  if (cause.code === 'MR510') return [read.issueAt(['http', 'port'], cause.code, cause.message)];
  const key = KEYS[cause.code];
  const { pipeline } = cause.facts;
  if (!key || typeof pipeline !== 'string') return null;
  return [read.issueAt(['pipelines', pipeline, ...key], cause.code, cause.message)];
}
