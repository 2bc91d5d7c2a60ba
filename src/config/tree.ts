/**
 * The configuration as it was written: maps, lists and scalars that know their place, their source text and the
 * variables they came from. YAML, `--set` and defaults all become this tree; substitution, merging and checking work
 * on it. Nodes are never changed, and one node may hang in several places (an alias, `defaults`).
 */
import type { Spot } from './source.ts';

export type ConfigNode = ScalarNode | ListNode | MapNode;
export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly spot: Spot;
  /** The characters of the value after quotes, folding and substitution. */
  readonly text: string;
  /** `text` as YAML's core schema types it; a quoted scalar is a string. */
  readonly value: ScalarValue;
  /** `empty`: a key with nothing after it. `substituted`: at least one `${...}` was replaced. */
  readonly written: 'plain' | 'quoted' | 'empty' | 'substituted';
  /** The substitutions as written, without defaults and messages: `${TRIES}`. Their values may be shown, unless secret. */
  readonly origins: readonly string[];
  /** True when the text must not be shown, whatever key it belongs to. */
  readonly secret: boolean;
  /** True when a problem of this scalar is already reported; it has no usable value. */
  readonly failed: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly spot: Spot;
  readonly items: readonly ConfigNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly spot: Spot;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Spot;
  readonly node: ConfigNode;
}

export function makeScalar(
  spot: Spot,
  text: string,
  value: ScalarValue,
  written: ScalarNode['written'],
): ScalarNode {
  return { kind: 'scalar', spot, text, value, written, origins: [], secret: false, failed: false };
}

export function makeMap(spot: Spot, entries: ReadonlyMap<string, Entry> = new Map()): MapNode {
  return { kind: 'map', spot, entries };
}

/** A key with nothing after it: says nothing, where an explicit `null` says "none". */
export function isEmpty(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.written === 'empty';
}

/** The node at a path of keys and list indexes, or undefined. */
export function nodeAt(root: ConfigNode, path: readonly string[]): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) node = node === undefined ? undefined : child(node, step)?.node;
  return node;
}

/** Where the value at a path stands: a map at its key; what isn't there at its nearest parent. */
export function spotAt(root: ConfigNode, path: readonly string[]): Spot {
  let spot = root.spot;
  let node = root;
  for (const step of path) {
    const next = child(node, step);
    if (next === undefined) return spot;
    spot = next.node.kind === 'map' && next.key !== null ? next.key : next.node.spot;
    node = next.node;
  }
  return spot;
}

function child(node: ConfigNode, step: string): { key: Spot | null; node: ConfigNode } | undefined {
  if (node.kind === 'map') return node.entries.get(step);
  const item = node.kind === 'list' ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { key: null, node: item };
}

/** A value of the field table as a node at `spot`, so that defaults are read like what is written. */
export function literalNode(value: Literal, spot: Spot): ConfigNode {
  if (isLiteralList(value)) {
    return { kind: 'list', spot, items: value.map((item) => literalNode(item, spot)) };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = new Map<string, Entry>();
    for (const [key, item] of Object.entries(value)) {
      entries.set(key, { key: spot, node: literalNode(item, spot) });
    }
    return makeMap(spot, entries);
  }
  return makeScalar(spot, String(value), value, typeof value === 'string' ? 'quoted' : 'plain');
}

/** What a default in the field table can be. */
export type Literal = ScalarValue | readonly Literal[] | { readonly [key: string]: Literal };

function isLiteralList(value: Literal): value is readonly Literal[] {
  return Array.isArray(value);
}
