/**
 * Reads a configuration: files, variables and options of the command line in, a checked and frozen `MillraceConfig`
 * or every problem of them out. Doesn't print, doesn't throw for what users write, and doesn't load handlers.
 */
import type { MillraceConfig } from '../contract/config.ts';
import type { ErrorCode } from '../contract/errors.ts';
import { invariant } from '../contract/invariant.ts';
import { build } from './build.ts';
import { checkMap } from './check.ts';
import type { CheckedRoot, Selected } from './checked.ts';
import { availableCpus } from './cpus.ts';
import { fields } from './fields.ts';
import { type ConfigIssue, Issues } from './issue.ts';
import { load, nameOf } from './load.ts';
import { applyDefaults } from './merge.ts';
import { checkRules } from './rules.ts';
import { checkBetween } from './rules-between.ts';
import { checkConnection } from './rules-connection.ts';
import { seal } from './secrets.ts';
import { keepOnly, selectEnabled } from './select.ts';
import { makeSource, type Place, placeOf, startOf } from './source.ts';
import { substituteMap } from './substitute.ts';
import { type MapNode, makeMap, spotAt } from './tree.ts';
import { type Environment, readVariables } from './variables.ts';

export interface ReadRequest {
  /** At least one; later files are laid over earlier ones. Relative to `cwd`. */
  readonly files: readonly string[];
  /** Absolute. Relative paths of `--set` start here, and files are named from here. */
  readonly cwd: string;
  /** Values for `${NAME}`, usually `process.env`. */
  readonly env: Environment;
  /** A file of NAME=value lines; a variable of `env` wins over it. */
  readonly envFile?: string | undefined;
  /** Options `a.b.c=value`, laid over all files in their order. */
  readonly sets?: readonly string[] | undefined;
  /**
   * Ids of the pipelines to run; all that are enabled when missing or empty. The others aren't looked at, so their
   * variables and handlers need not be there.
   */
  readonly only?: readonly string[] | undefined;
  /** CPUs that this process may use, for `threads: auto`; found out by default. */
  readonly cpus?: number | undefined;
}

export interface ReadResult {
  /** null when an issue is an error; then the process should end with `EXIT.config`. */
  readonly config: MillraceConfig | null;
  /** In the order of files and lines; warnings are among them. */
  readonly issues: readonly ConfigIssue[];
  /** Files that were read or asked for, includes among them; relative to `cwd` as in messages. */
  readonly files: readonly string[];
  /** Where the value of a key stands, `['pipelines', 'orders', 'sink', 'topic']`; what isn't written, at its nearest parent. */
  readonly locate: (path: readonly string[]) => Place;
  /** An error about a key that was found later: a handler without a usable export, a topic that doesn't exist. */
  readonly issueAt: (
    path: readonly string[],
    code: ErrorCode,
    message: string,
    hint?: string | null,
  ) => ConfigIssue;
}

export function readConfig(request: ReadRequest): ReadResult {
  invariant(request.files.length > 0, 'a configuration is read from at least one file');
  const issues = new Issues();
  const variables = readVariables(request, issues);
  const { files, cwd, sets = [] } = request;
  const loaded = load({ files, cwd, sets, variables }, issues);
  if (loaded === null) return finish(null, emptyTree(request), issues);

  const only = request.only ?? [];
  const narrowed = only.length === 0 ? loaded : keepOnly(loaded, only, issues);
  const tree = applyDefaults(substituteMap(narrowed, variables, issues));
  const secrets = new Set<string>();
  const site = { at: tree.spot, path: [] };
  const checking = { root: fields, issues, variables, secrets };
  const root = asRoot(checkMap(fields, tree, site, checking));
  const selected = selectEnabled(root, tree, only, issues);
  checkConnection(root, tree, issues);
  for (const { id, pipeline } of allPipelines(root)) checkRules(id, pipeline, root, tree, issues);
  checkBetween(selected, tree, issues);
  const config = build(root, selected, tree, request.cpus ?? availableCpus(), issues);
  return finish(config === null ? null : seal(config, secrets), tree, issues);
}

/**
 * The values as their types say. The field table has checked every key, and `read.test.ts` compares a configuration
 * that has all of them with a literal of these types. Where there are problems, required keys may be missing: the
 * rules leave out what is spoiled, and nothing is built.
 */
function asRoot(values: Record<string, unknown>): CheckedRoot {
  return { pipelines: {}, ...values } as CheckedRoot;
}

function allPipelines({ pipelines }: CheckedRoot): Selected[] {
  return Object.entries(pipelines).map(([id, pipeline]) => ({ id, pipeline }));
}

function finish(config: MillraceConfig | null, tree: MapNode, issues: Issues): ReadResult {
  return {
    config,
    issues: issues.list(),
    files: issues.sources,
    locate: (path) => placeOf(spotAt(tree, path)),
    issueAt: (path, code, message, hint = null) =>
      issues.outside(code, spotAt(tree, path), message, hint),
  };
}

/** Stands for files that couldn't be read: every key is at the beginning of the first. */
function emptyTree({ files: [file = ''], cwd }: ReadRequest): MapNode {
  return makeMap(startOf(makeSource(nameOf(file, cwd), cwd, '', true)));
}
