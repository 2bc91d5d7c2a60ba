import { Refusal } from '../errors.ts';

/** The id and the epoch that a producer is given. */
export interface Identity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/** A producer of one transactional id, and its transaction if one is open. */
export class Transaction {
  readonly id: string;
  producerId: bigint;
  epoch = 0;
  /** What the producer had before this epoch, by which one that did not get the answer is known; null when that is nobody's business. */
  previous: Identity | null = null;
  timeoutMs: number;
  /** What the last call made of it: nothing yet, open, or how the last one ended. */
  state: 'empty' | 'ongoing' | 'committed' | 'aborted' = 'empty';
  /** When the last one was opened, ms since 1970; -1 when none was since the producer came. */
  startedAtMs = -1;
  /** Partitions with records of the open transaction, as topic and index. */
  readonly partitions: Map<string, { readonly topic: string; readonly index: number }> = new Map();
  /** Groups that the open transaction may commit offsets of. */
  readonly groups: Set<string> = new Set();
  /** Stops the timeout of the open transaction. */
  cancelTimeout: () => void = () => {};

  constructor(id: string, producerId: bigint, timeoutMs: number) {
    this.id = id;
    this.producerId = producerId;
    this.timeoutMs = timeoutMs;
  }

  /** Kafka's name of its state. */
  get stateName(): string {
    return STATE_NAMES[this.state];
  }

  get identity(): Identity {
    return { producerId: this.producerId, epoch: this.epoch };
  }

  /** Whether the producer had this identity before the one that it has. */
  hadBefore({ producerId, epoch }: Identity): boolean {
    return this.previous?.producerId === producerId && this.previous.epoch === epoch;
  }

  /** Throws INVALID_PRODUCER_ID_MAPPING for another producer, `fenced` for another epoch. */
  checkProducer(producerId: bigint, epoch: number, fenced: FencedError): void {
    if (producerId !== this.producerId) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    if (epoch !== this.epoch) throw new Refusal(fenced);
  }

  has(topic: string, index: number): boolean {
    return this.partitions.has(nameOf(topic, index));
  }

  add(topic: string, index: number): void {
    this.partitions.set(nameOf(topic, index), { topic, index });
  }
}

/** How a client of an old, or a newer, version is told that another one has taken its place. */
export type FencedError = 'INVALID_PRODUCER_EPOCH' | 'PRODUCER_FENCED';

const nameOf = (topic: string, index: number): string => `${topic}/${index}`;

const STATE_NAMES = {
  empty: 'Empty',
  ongoing: 'Ongoing',
  committed: 'CompleteCommit',
  aborted: 'CompleteAbort',
} as const;

/** Those that a transaction is in only for a moment in Kafka, and never here. Source: Kafka 4.1, TransactionState. */
const PASSING_NAMES = ['PrepareCommit', 'PrepareAbort', 'PrepareEpochFence', 'Dead'];

/** Whether Kafka has a state of that name. */
export const isStateName = (name: string): boolean =>
  [...Object.values<string>(STATE_NAMES), ...PASSING_NAMES].includes(name);
