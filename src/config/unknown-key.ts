/**
 * What to say about a key that the field table doesn't have: the nearest key of the same map, or the map that it
 * belongs to, or all keys that are possible.
 */

import { nearest } from '../contract/nearest.ts';
import { quoted } from './describe.ts';
import type { Field, Fields, Shape } from './field.ts';

export interface Advice {
  /** The field that was probably meant. */
  readonly near: Field | null;
  readonly hint: string;
}

/** Advice on `key` in a map of `siblings`; `root` is the whole table. */
export function adviseOn(key: string, siblings: Fields, root: Fields): Advice {
  const near = nearest(key, Object.keys(siblings));
  if (near !== null) return { near: siblings[near] ?? null, hint: `did you mean ${quoted(near)}?` };
  const homes = homesIn(root).get(key) ?? [];
  const isTold = homes.length > 0 && homes.length <= 2;
  const hint = isTold
    ? `${quoted(key)} belongs under ${homes.join(' or ')}`
    : `possible: ${Object.keys(siblings).join(', ')}`;
  return { near: null, hint };
}

type Homes = Map<string, string[]>;

const known = new WeakMap<Fields, Homes>();

/** For each key below the root, the maps that have it, as dotted paths. */
function homesIn(root: Fields): Homes {
  const homes = known.get(root) ?? new Map<string, string[]>();
  if (!known.has(root)) {
    for (const [name, field] of Object.entries(root)) collect(field, name, homes);
    known.set(root, homes);
  }
  return homes;
}

function collect(shape: Shape, path: string, homes: Homes): void {
  if (shape.type === 'entries') collect(shape.of, `${path}.<id>`, homes);
  // What is laid under others (`defaults`) has the same keys as they have.
  if (shape.type !== 'map' || shape.partial === true) return;
  for (const [name, field] of Object.entries(shape.fields)) {
    homes.set(name, [...(homes.get(name) ?? []), path]);
    collect(field, `${path}.${name}`, homes);
  }
}
