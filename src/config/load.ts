/**
 * From the names of files to one tree: reads and parses each file, adds the files that it includes, lays the files
 * over each other in the order in which they were named and `--set` over all. Variables aren't put in yet, so that a
 * value that is replaced need not have its variable set; only `include` can't wait.
 */
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { withIncludes } from './include.ts';
import type { Issues } from './issue.ts';
import { merge } from './merge.ts';
import { parseOverride } from './override.ts';
import { parse } from './parse.ts';
import { makeSource, type Spot, startOf } from './source.ts';
import type { Variables } from './substitute.ts';
import { readTextFile } from './text-file.ts';
import { isEmpty, type MapNode } from './tree.ts';

export interface LoadRequest {
  /** At least one; relative to `cwd`. */
  readonly files: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Options `a.b.c=value`. */
  readonly sets: readonly string[];
  readonly variables: Variables;
}

/** Of one file. */
const MAX_BYTES = 262_144;

/** The tree of all files together, or null when one of them can't be read as a map of keys. */
export function load(request: LoadRequest, issues: Issues): MapNode | null {
  const roots = new Set(request.files.map((file) => resolve(request.cwd, file)));
  const layers = [...roots].map((path) => loadRoot(path, roots, request, issues));
  for (const option of request.sets) {
    layers.push(parseOverride(option, request.cwd, issues));
  }
  let tree: MapNode | null = null;
  for (const layer of layers) {
    if (layer === null) return null;
    tree = tree === null ? layer : merge(tree, layer);
  }
  return tree;
}

/** How a file is called in messages: relative to the working directory where that leads downwards. */
export function nameOf(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}

/** A file that was named on the command line, with what it includes. */
function loadRoot(
  path: string,
  roots: ReadonlySet<string>,
  request: LoadRequest,
  issues: Issues,
): MapNode | null {
  const spot = startOf(makeSource(nameOf(path, request.cwd), dirname(path), '', true));
  issues.follow(spot.source);
  if (/^\/dev\/(?:stdin$|fd\/)/.test(path)) {
    const message = `file ${path} is standard input or a pipe: it has no folder for relative paths to start at`;
    issues.add('fileUnreadable', spot, message, { hint: 'write it to a file and name that' });
    return null;
  }
  const tree = loadFile(path, spot, 'write it, or name another file with -c', request, issues);
  if (tree === null) return null;
  const read = (included: string, asked: Spot): MapNode | null =>
    loadFile(included, asked, null, request, issues);
  return withIncludes(tree, { roots, read, variables: request.variables, issues });
}

/** The map of one file. `asked` is where a file that is missing is reported. */
function loadFile(
  path: string,
  asked: Spot,
  missingHint: string | null,
  { cwd }: LoadRequest,
  issues: Issues,
): MapNode | null {
  const name = nameOf(path, cwd);
  const result = readTextFile(path, MAX_BYTES);
  if (!('text' in result)) {
    const hint = result.problem === 'fileMissing' ? missingHint : null;
    issues.add(result.problem, asked, `file ${name} ${result.why}`, { hint });
    return null;
  }
  const source = makeSource(name, dirname(path), result.text, true);
  issues.follow(source);
  const root = parse(source, issues);
  if (root === null) return null;
  if (isEmpty(root)) {
    issues.add('fileEmpty', startOf(source), `file ${name} says nothing`, {
      hint: 'write pipelines: and under it an id with source.topics, source.groupId and handler',
    });
    return null;
  }
  if (root.kind !== 'map') {
    issues.add('wrongType', root.spot, `file ${name} must hold keys, such as pipelines:`);
    return null;
  }
  return { ...root, spot: startOf(source) };
}
