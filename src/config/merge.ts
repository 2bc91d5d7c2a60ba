/**
 * Lays one tree over another: maps are merged key by key, everything else is replaced. A key with nothing after it
 * says nothing and leaves what is below, so that a section whose lines are all commented out doesn't wipe it;
 * `null` replaces.
 */
import type { Spot } from './source.ts';
import { type ConfigNode, type Entry, isEmpty, type MapNode } from './tree.ts';

export function merge(below: MapNode, above: MapNode): MapNode {
  const entries = new Map<string, Entry>(below.entries);
  for (const [name, entry] of above.entries) {
    const lower = entries.get(name);
    entries.set(name, lower === undefined ? entry : mergeEntry(lower, entry));
  }
  return { ...above, entries };
}

function mergeEntry(below: Entry, above: Entry): Entry {
  const node = mergeNode(below.node, above.node);
  return node === below.node ? below : { key: above.key, node };
}

function mergeNode(below: ConfigNode, above: ConfigNode): ConfigNode {
  if (below.kind === 'map' && isEmpty(above)) return below;
  return below.kind === 'map' && above.kind === 'map' ? merge(below, above) : above;
}

/** Each pipeline laid over `defaults`, as far as both are maps; what isn't is left for the check to report. */
export function applyDefaults(root: MapNode): MapNode {
  const defaults = root.entries.get('defaults')?.node;
  const pipelines = root.entries.get('pipelines');
  if (defaults?.kind !== 'map' || pipelines?.node.kind !== 'map') return root;
  const merged = new Map<string, Entry>();
  for (const [id, { key, node }] of pipelines.node.entries) {
    merged.set(id, { key, node: underlay(defaults, node, key) });
  }
  const entries = new Map<string, Entry>(root.entries);
  entries.set('pipelines', { ...pipelines, node: { ...pipelines.node, entries: merged } });
  return { ...root, entries };
}

/** A pipeline over the defaults. A section that only they have belongs to the pipeline: what it lacks is missing there. */
function underlay(defaults: MapNode, pipeline: ConfigNode, key: Spot): ConfigNode {
  const merged = mergeNode(defaults, pipeline);
  if (merged.kind !== 'map') return merged;
  const own = pipeline.kind === 'map' ? pipeline.entries : new Map<string, Entry>();
  const entries = new Map<string, Entry>();
  for (const [name, entry] of merged.entries) {
    const isLent = entry.node.kind === 'map' && !own.has(name);
    entries.set(name, isLent ? { key, node: entry.node } : entry);
  }
  return { ...merged, entries };
}
