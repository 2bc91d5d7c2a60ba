/** Which pipelines run: those that are enabled, or those of them that `--only` names. */

import { nearest } from '../contract/nearest.ts';
import type { CheckedRoot, Selected } from './checked.ts';
import { quoted } from './describe.ts';
import type { Issues } from './issue.ts';
import { makeSource, type Spot, startOf } from './source.ts';
import { type Entry, type MapNode, nodeAt, spotAt } from './tree.ts';

/** The tree without the pipelines that `only` doesn't name. An id that isn't there is reported. */
export function keepOnly(tree: MapNode, only: readonly string[], issues: Issues): MapNode {
  const pipelines = tree.entries.get('pipelines');
  if (pipelines?.node.kind !== 'map') return tree;
  const ids = [...pipelines.node.entries.keys()];
  for (const id of only) {
    if (ids.includes(id)) continue;
    const near = nearest(id, ids);
    const defined = `defined: ${ids.slice(0, MAX_LISTED).join(', ')}`;
    const hint = near === null ? defined : `did you mean ${quoted(near)}?`;
    issues.add('only', option(), `there is no pipeline ${quoted(id)}`, { hint });
  }
  const kept = [...pipelines.node.entries].filter(([id]) => only.includes(id));
  const node = { ...pipelines.node, entries: new Map<string, Entry>(kept) };
  const entries = new Map<string, Entry>(tree.entries);
  entries.set('pipelines', { ...pipelines, node });
  return { ...tree, entries };
}

const MAX_LISTED = 20;

/** The pipelines that are enabled, in the order of the files. One that `only` names must be. */
export function selectEnabled(
  { pipelines }: CheckedRoot,
  tree: MapNode,
  only: readonly string[],
  issues: Issues,
): Selected[] {
  const written = nodeAt(tree, ['pipelines']);
  const ids = written?.kind === 'map' ? [...written.entries.keys()] : [];
  const selected: Selected[] = [];
  for (const id of ids) {
    const pipeline = pipelines[id];
    if (pipeline === undefined) continue;
    if (pipeline.enabled) selected.push({ id, pipeline });
    else if (only.includes(id)) {
      const hint = 'remove enabled: false';
      issues.add('only', option(), `pipeline ${quoted(id)} is not enabled`, { hint });
    }
  }
  const path = ['pipelines'];
  // A pipeline that is no map has been reported, and so has an id of --only that isn't there.
  const isExplained = ids.length > Object.keys(pipelines).length || only.length > 0;
  if (selected.length === 0 && !isExplained && !issues.spoiled(path)) {
    const message = ids.length === 0 ? 'pipelines: there is none' : 'pipelines: none is enabled';
    issues.add('noPipeline', spotAt(tree, path), message, { path });
  }
  return selected;
}

function option(): Spot {
  return startOf(makeSource('--only', '', '', false));
}
