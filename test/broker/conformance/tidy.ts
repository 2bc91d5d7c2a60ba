import { ZERO_UUID } from '../../../src/broker/wire/kinds.ts';

/** Fields by which the elements of a list are put in order: Kafka's are those of hash tables. */
const NAMES = ['name', 'topic', 'resourceName', 'partitionIndex', 'partition', 'index', 'apiKey'];

/** Ids that are drawn at random, of topics and of clusters. */
const RANDOM_IDS: ReadonlySet<string> = new Set(['topicId', 'clusterId']);

/** An answer without what differs from cluster to cluster, and its lists in one order. */
export function tidy(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.map(tidy).sort(byName);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      RANDOM_IDS.has(key) ? told(field) : tidy(field),
    ]),
  );
}

const told = (id: unknown): string => (id === null || id === ZERO_UUID ? 'none' : 'an id');

function byName(one: unknown, other: unknown): number {
  const [a, b] = [nameOf(one), nameOf(other)];
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

function nameOf(element: unknown): unknown {
  if (typeof element !== 'object' || element === null) return element;
  const field = NAMES.find((name) => name in element);
  return field === undefined ? '' : (element as Readonly<Record<string, unknown>>)[field];
}
