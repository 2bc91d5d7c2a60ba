/**
 * The document of the YAML parser to the tree of a configuration: scalars typed, keys checked, aliases replaced by
 * what they stand for. Aliases share one node, and what they add is counted, so that a few lines can't grow into
 * millions of values.
 */
import { isAlias, isMap, isScalar, isSeq, Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Issues } from './issue.ts';
import { coreValue } from './scalar.ts';
import { placeOf, type Source, type Spot, startOf } from './source.ts';
import { type ConfigNode, type Entry, makeMap, makeScalar, type ScalarNode } from './tree.ts';

/** Maps and lists inside each other. */
export const MAX_DEPTH = 32;
const MAX_ALIASES = 20;
const MAX_ALIASED_NODES = 10_000;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** True for the names that could reach an object's prototype where keys become properties. */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

/** The tree of a document; null when an alias makes it unusable. */
export function convert(contents: unknown, source: Source, issues: Issues): ConfigNode | null {
  return new Conversion(source, issues).run(contents);
}

/** A converted node and its extent: maps and lists inside each other, nodes in all. */
interface Sized {
  readonly node: ConfigNode;
  readonly depth: number;
  readonly count: number;
}

class Conversion {
  readonly #source: Source;
  readonly #issues: Issues;
  readonly #anchors = new Map<string, Sized>();
  #aliases = 0;
  #aliasedNodes = 0;
  #unusable = false;

  constructor(source: Source, issues: Issues) {
    this.#source = source;
    this.#issues = issues;
  }

  run(contents: unknown): ConfigNode | null {
    const { node, depth } = this.#convert(contents, startOf(this.#source));
    if (depth > MAX_DEPTH) {
      this.#refuse(
        startOf(this.#source),
        `with its aliases, the file is nested more than ${MAX_DEPTH} deep`,
        null,
      );
    }
    return this.#unusable ? null : node;
  }

  #convert(node: unknown, parent: Spot): Sized {
    if (isAlias(node)) return this.#alias(node.source, this.#spot(node, parent));
    const sized = this.#plain(node, parent);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, sized);
    return sized;
  }

  #plain(node: unknown, parent: Spot): Sized {
    const spot = this.#spot(node, parent);
    if (isMap(node)) return this.#map(node, spot);
    if (isSeq(node)) return this.#list(node, spot);
    return { node: isScalar(node) ? scalar(node, spot) : empty(parent), depth: 0, count: 1 };
  }

  #map(node: YAMLMap, spot: Spot): Sized {
    const entries = new Map<string, Entry>();
    let depth = 0;
    let count = 1;
    for (const { key, value } of node.items) {
      const keySpot = this.#spot(key, spot);
      const child = this.#convert(value, keySpot);
      depth = Math.max(depth, child.depth);
      count += child.count;
      const name = this.#key(key, keySpot, entries);
      if (name !== null) entries.set(name, { key: keySpot, node: child.node });
    }
    return { node: makeMap(spot, entries), depth: depth + 1, count };
  }

  #list(node: YAMLSeq, spot: Spot): Sized {
    const children = node.items.map((item) => this.#convert(item, spot));
    return {
      node: { kind: 'list', spot, items: children.map((child) => child.node) },
      depth: children.reduce((deepest, child) => Math.max(deepest, child.depth), 0) + 1,
      count: children.reduce((sum, child) => sum + child.count, 1),
    };
  }

  /** The name of a key, or null when the pair has to be left out. */
  #key(key: unknown, spot: Spot, entries: ReadonlyMap<string, Entry>): string | null {
    if (!isScalar(key) || typeof key.source !== 'string' || key.source === '') {
      this.#issues.add('badKey', spot, 'a key must be a name');
      return null;
    }
    const name = key.source;
    if (name === '<<' && key.type === Scalar.PLAIN) {
      this.#issues.add('mergeKey', spot, 'merge keys (<<) are not supported', {
        hint: 'put what pipelines share under defaults',
      });
      return null;
    }
    if (isForbiddenKey(name)) {
      this.#issues.add('forbiddenKey', spot, `key "${name}" is refused everywhere`);
      return null;
    }
    const first = entries.get(name);
    if (first !== undefined) {
      const { line } = placeOf(first.key);
      this.#issues.add(
        'duplicateKey',
        spot,
        `key ${JSON.stringify(name)} is already written in line ${line}`,
      );
      return null;
    }
    return name;
  }

  #alias(name: string, spot: Spot): Sized {
    const target = this.#anchors.get(name);
    this.#aliases++;
    this.#aliasedNodes += target?.count ?? 0;
    if (target === undefined) {
      return this.#refuse(
        spot,
        'this alias (*) has no anchor (&) above it',
        'put text that begins with * in quotes',
      );
    }
    if (this.#aliases > MAX_ALIASES || this.#aliasedNodes > MAX_ALIASED_NODES) {
      return this.#refuse(
        spot,
        `more than ${MAX_ALIASES} aliases, or ${MAX_ALIASED_NODES} values through them`,
        null,
      );
    }
    return target;
  }

  #refuse(spot: Spot, message: string, hint: string | null): Sized {
    if (!this.#unusable) this.#issues.add('alias', spot, message, { hint });
    this.#unusable = true;
    return { node: empty(spot), depth: 0, count: 1 };
  }

  #spot(node: unknown, parent: Spot): Spot {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
    if (range === null || range === undefined) return parent;
    return { source: this.#source, start: range[0], end: range[1] };
  }
}

function scalar(node: Scalar, spot: Spot): ScalarNode {
  const text = typeof node.source === 'string' ? node.source : '';
  const typedByTag = /^tag:yaml\.org,2002:(?:int|float|bool|null)$/.test(node.tag ?? '');
  const isPlain = typedByTag || (node.type === Scalar.PLAIN && node.tag === undefined);
  if (!isPlain) return makeScalar(spot, text, text, 'quoted');
  return makeScalar(spot, text, coreValue(text), text === '' ? 'empty' : 'plain');
}

function empty(spot: Spot): ScalarNode {
  return makeScalar(spot, '', null, 'empty');
}
