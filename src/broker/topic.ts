import type { ConfigMap } from './configs/configs.ts';
import type { Partition } from './partition.ts';

/** A topic: its partitions in their order, and the configs that were set for it. */
export interface Topic {
  readonly name: string;
  /** 22 characters of base64url, as Kafka prints ids. */
  readonly id: string;
  readonly partitions: Partition[];
  readonly configs: ConfigMap;
}

const LEGAL = /^[a-zA-Z0-9._-]+$/;
const MAX_LENGTH = 249;

/** What is wrong with the name of a topic, in Kafka's words; null when nothing is. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > MAX_LENGTH) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`;
  }
  if (LEGAL.test(name)) return null;
  return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/** Kafka's own topics; they are named only, there is nothing in them here. */
export const isInternalTopic = (name: string): boolean =>
  name === '__consumer_offsets' || name === '__transaction_state';
