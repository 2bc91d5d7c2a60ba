/**
 * `include:` of a file: patterns of further files that hold pipelines only, read as if their pipelines stood in the
 * file itself. An id that is there already is an error, since neither of the two files knows of the other.
 */
import { glob } from './glob.ts';
import type { Issues } from './issue.ts';
import { placeOf, type Spot } from './source.ts';
import { substitute, type Variables } from './substitute.ts';
import { type Entry, isEmpty, type MapNode, makeMap, type ScalarNode } from './tree.ts';

/** What including needs from outside. */
export interface Including {
  /** Absolute paths of the files that were named on the command line; they aren't included again. */
  readonly roots: ReadonlySet<string>;
  /** Reads a file to its map; null when it can't, which is reported at `asked`. */
  readonly read: (path: string, asked: Spot) => MapNode | null;
  readonly variables: Variables;
  readonly issues: Issues;
}

/** `root` with the pipelines of what it includes; null when one of the files can't be read. */
export function withIncludes(root: MapNode, including: Including): MapNode | null {
  const { read, variables, issues } = including;
  const include = root.entries.get('include')?.node;
  if (include?.kind !== 'list') return root;
  const paths = new Map<string, ScalarNode>();
  for (const written of include.items) {
    const item = substitute(written, variables, issues);
    if (item.kind === 'scalar' && !item.failed) expand(item, paths, including);
  }
  let tree: MapNode | null = root;
  for (const [path, item] of paths) {
    const included = read(path, item.spot);
    tree = tree === null || included === null ? null : addPipelines(tree, included, issues);
  }
  return tree;
}

/** Adds the files of one pattern to `paths`. */
function expand(
  item: ScalarNode,
  paths: Map<string, ScalarNode>,
  { roots, issues }: Including,
): void {
  const result = glob(item.text, item.spot.source.folder);
  if ('why' in result) {
    issues.add('include', item.spot, `include ${JSON.stringify(item.text)} ${result.why}`);
    return;
  }
  for (const path of result.files) {
    if (!roots.has(path) && !paths.has(path)) paths.set(path, item);
  }
}

function addPipelines(root: MapNode, included: MapNode, issues: Issues): MapNode {
  for (const [name, { key }] of included.entries) {
    if (name === 'pipelines') continue;
    issues.add(
      'include',
      key,
      `an included file holds pipelines only, not ${JSON.stringify(name)}`,
      {
        hint: 'move it to the file that includes this one',
      },
    );
  }
  const more = included.entries.get('pipelines');
  if (more === undefined || more.node.kind !== 'map') return root;
  const own = root.entries.get('pipelines') ?? { key: more.key, node: makeMap(more.node.spot) };
  if (own.node.kind !== 'map' && !isEmpty(own.node)) return root;
  const pipelines = new Map<string, Entry>(own.node.kind === 'map' ? own.node.entries : []);
  for (const [id, entry] of more.node.entries) {
    const first = pipelines.get(id);
    if (first === undefined) pipelines.set(id, entry);
    else reportTwice(id, first.key, entry.key, issues);
  }
  const entries = new Map<string, Entry>(root.entries);
  entries.set('pipelines', { key: own.key, node: makeMap(own.node.spot, pipelines) });
  return { ...root, entries };
}

function reportTwice(id: string, first: Spot, second: Spot, issues: Issues): void {
  const { file, line, col } = placeOf(first);
  const message = `pipeline ${JSON.stringify(id)} is already defined at ${file}:${line}:${col}`;
  issues.add('pipelineTwice', second, message);
}
