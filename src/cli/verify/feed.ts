import { readFileSync } from 'node:fs';
import type { ClusterAccess } from '../../cluster-access.ts';
import type { Deserializer, PipelineConfig } from '../../contract/config.ts';
import { EXIT, MillraceError, reportError } from '../../contract/errors.ts';
import { type JsonRecord, readJsonRecord } from '../json-record.ts';
import { hashOf, nameOf } from './journal.ts';

/** A record that is to be produced; again and again, until there are enough. */
export type Sample = Pick<JsonRecord, 'topic' | 'partition' | 'key' | 'value' | 'headers'>;

type Target = Pick<ClusterAccess, 'produce'>;

/** Produces the records, and knows the key of each by its place. The only producer: offsets are counted. */
export class Feed {
  /** By record: the hash of its key. */
  readonly keys: Map<string, string> = new Map();
  readonly #samples: readonly Sample[];
  readonly #places: ReadonlyMap<string, readonly number[]>;
  readonly #access: Target;
  readonly #ends = new Map<string, number>();
  #count = 0;

  /** `places`: partitions by topic, what names no topic goes to each of them in turn. */
  constructor(
    samples: readonly Sample[],
    places: ReadonlyMap<string, readonly number[]>,
    access: Target,
  ) {
    this.#samples = samples;
    this.#places = places;
    this.#access = access;
  }

  get count(): number {
    return this.#count;
  }

  get topics(): string[] {
    return [...this.#places.keys()];
  }

  /** Each partition with one past its last offset; `committed`: by topic-partition, 0 where there is nothing. */
  partitions(
    committed: ReadonlyMap<string, number>,
  ): { topic: string; partition: number; end: number; committed: number }[] {
    return [...this.#places].flatMap(([topic, partitions]) =>
      partitions.map((partition) => {
        const name = `${topic}-${partition}`;
        const end = this.#ends.get(name) ?? 0;
        return { topic, partition, end, committed: committed.get(name) ?? 0 };
      }),
    );
  }

  /** Resolves when the brokers have these records. */
  async produce(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#next()));
  }

  #next(): Promise<void> {
    const number = this.#count++;
    const sample = this.#samples[number % this.#samples.length] as Sample;
    const { topics } = this;
    // Samples that come again go to the same topic again: a key has one lane.
    const topic =
      sample.topic ?? (topics[(number % this.#samples.length) % topics.length] as string);
    const partitions = this.#places.get(topic) as readonly number[];
    const hash = hashOf(sample.key);
    const turn = sample.key === null ? number : Number.parseInt(hash.slice(0, 8), 16);
    const partition =
      sample.partition >= 0 ? sample.partition : (partitions[turn % partitions.length] as number);
    const name = `${topic}-${partition}`;
    const offset = this.#ends.get(name) ?? 0;
    this.#ends.set(name, offset + 1);
    this.keys.set(nameOf({ topic, partition, offset }), hash);
    const { key, value, headers } = sample;
    return this.#access.produce(topic, partition, { key, value, headers, timestampMs: null });
  }
}

/** What the group has committed, by topic-partition. */
export async function committedOf(
  access: Pick<ClusterAccess, 'committedOffsets'>,
  groupId: string,
  { topics }: Pick<Feed, 'topics'>,
): Promise<Map<string, number>> {
  const committed = new Map<string, number>();
  for (const topic of topics) {
    for (const [partition, offset] of await access.committedOffsets(groupId, topic)) {
      committed.set(`${topic}-${partition}`, Number(offset));
    }
  }
  return committed;
}

/** Samples for a handler that takes any value: a hundred keys, a small object each. */
export function plainSamples({ deserialize }: PipelineConfig, count: number): Sample[] {
  return Array.from({ length: count }, (_, number) => {
    const key = `key-${number % KEYS}`;
    return {
      topic: undefined,
      partition: -1,
      key: Buffer.from(deserialize.key === 'json' ? JSON.stringify(key) : key),
      value: Buffer.from(JSON.stringify({ id: String(number), key, amount: number % 1000 })),
      headers: [],
    };
  });
}

/**
 * The records of a file, one JSON object a line. Throws MR603 for a line that the pipeline could not read, with its place, MR604 when the
 * file can't be read.
 */
export function seedSamples(
  file: string,
  { deserialize }: PipelineConfig,
  places: ReadonlyMap<string, readonly number[]>,
): Sample[] {
  const samples: Sample[] = [];
  for (const [i, line] of textOf(file).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const place = `${file}:${i + 1}`;
    const fail = (text: string): never => {
      throw new MillraceError('MR603', `${place}: ${text}`, { exit: EXIT.config });
    };
    const sample = readJsonRecord(line, place);
    const partitions = sample.topic === undefined ? [] : places.get(sample.topic);
    if (!partitions) {
      fail(`The pipeline doesn't read ${sample.topic}, but ${[...places.keys()].join(', ')}.`);
    }
    const [first = []] = sample.topic === undefined ? places.values() : [partitions as number[]];
    if (sample.partition >= 0 && !first.includes(sample.partition)) {
      fail(
        `There is no partition ${sample.partition} that the pipeline reads, but ${first.join(', ')}.`,
      );
    }
    for (const part of ['key', 'value'] as const) {
      const problem = problemOf(sample[part], deserialize[part]);
      if (problem !== null) {
        fail(`The ${part} is no ${deserialize[part]}, as deserialize.${part} wants it: ${problem}`);
      }
    }
    samples.push(sample);
  }
  if (samples.length > 0) return samples;
  throw new MillraceError('MR603', `${file}: There is no record in it.`, { exit: EXIT.config });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const text = `The seed ${file} can't be read: ${reportError(cause).message}`;
    throw new MillraceError('MR604', text, { exit: EXIT.config, cause });
  }
}

/** Why bytes can't be deserialized; such records never reach the handler, and what became of them couldn't be told. */
function problemOf(bytes: Buffer | null, how: Deserializer): string | null {
  if (bytes === null || how === 'bytes') return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (how === 'json') JSON.parse(text);
    return null;
  } catch (cause) {
    return reportError(cause).message;
  }
}

const KEYS = 100;
