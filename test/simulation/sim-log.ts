import { CONTROL_BIT, TRANSACTIONAL_BIT } from '../../src/kafka/records/layout.ts';
import { seal, writeBatch } from '../../src/kafka/records/write-batch.ts';
import { batchOf, markerOf } from '../support/broker-batches.ts';
import type { Dice } from '../support/dice.ts';
import type { Scenario } from './scenario.ts';

/** A record as the run's truth has it. */
export interface SimRecord {
  readonly offset: number;
  readonly key: string | null;
}

/** Bytes that a fetch gives, in one piece. */
interface Batch {
  readonly base: number;
  readonly next: number;
  readonly bytes: Buffer;
  readonly atMs: number;
}

/** A transaction that was aborted; `marker` is the offset of the control record that says so. */
interface Aborted {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
  readonly marker: number;
}

/**
 * The log of one partition: batches of real bytes that appear in the course of the run, with compacted records, batches that
 * are empty, transactions that were aborted, and control records between them.
 */
export class SimLog {
  /** What may be delivered, whether it is there yet or not. */
  readonly records: SimRecord[] = [];
  readonly aborted: Aborted[] = [];
  /** First offset that is kept. */
  start: number;
  readonly #batches: Batch[] = [];
  #end: number;

  constructor(scenario: Scenario, dice: Dice) {
    this.start = dice.pick([0, 0, 1000]);
    this.#end = this.start;
    while (this.records.length < scenario.records) {
      const isEarly = this.records.length * 3 < scenario.records;
      const atMs = isEarly ? 0 : dice.next() * scenario.faultsMs;
      this.#append(scenario, dice, Math.max(atMs, this.#batches.at(-1)?.atMs ?? 0));
    }
  }

  /** One past the last offset at a time. */
  end(nowMs: number): number {
    let end = this.start;
    for (const { next, atMs } of this.#batches) if (atMs <= nowMs) end = Math.max(end, next);
    return end;
  }

  /** Batches from the one that holds `position` on, up to `maxBytes` but one at least. */
  read(position: number, maxBytes: number, nowMs: number): Buffer {
    const found: Buffer[] = [];
    let bytes = 0;
    for (const batch of this.#batches) {
      if (batch.next <= position || batch.atMs > nowMs) continue;
      if (found.length > 0 && bytes + batch.bytes.length > maxBytes) break;
      found.push(batch.bytes);
      bytes += batch.bytes.length;
    }
    return found.length === 1 ? (found[0] as Buffer) : Buffer.concat(found);
  }

  #append(scenario: Scenario, dice: Dice, atMs: number): void {
    const count = 1 + dice.below(8);
    const isAborted = dice.chance(scenario.gaps * 0.3);
    const deltas: number[] = [];
    for (let i = 0, delta = 0; i < count; i++) {
      if (dice.chance(scenario.gaps * 0.3)) delta += 1 + dice.below(5);
      deltas.push(delta++);
    }
    const base = this.#end;
    const keys = deltas.map(() => keyOf(scenario, dice));
    const bytes = writeBatch(
      keys.map((key) => ({
        key: key === null ? null : Buffer.from(key),
        value: VALUE,
        headers: [],
        timestampMs: 0,
      })),
      {
        baseOffset: BigInt(base),
        offsetDeltas: deltas,
        nowMs: 0,
        attributes: isAborted ? TRANSACTIONAL_BIT : 0,
        producerId: isAborted ? PRODUCER : -1n,
        producerEpoch: isAborted ? 0 : -1,
        baseSequence: isAborted ? 0 : -1,
      },
    );
    this.#put(seal(bytes), base, base + (deltas.at(-1) as number) + 1, atMs);
    if (isAborted) {
      const marker = this.#end;
      this.aborted.push({ producerId: PRODUCER, firstOffset: BigInt(base), marker });
      this.#mark('abort', atMs);
    } else {
      for (const [i, key] of keys.entries()) {
        this.records.push({ offset: base + (deltas[i] as number), key });
      }
      if (dice.chance(scenario.gaps * 0.3)) this.#mark('commit', atMs);
    }
    if (dice.chance(scenario.gaps * 0.2)) this.#empty(1 + dice.below(20), atMs);
  }

  #mark(outcome: 'abort' | 'commit', atMs: number): void {
    const base = this.#end;
    const attributes = CONTROL_BIT | TRANSACTIONAL_BIT;
    const facts = { baseOffset: BigInt(base), attributes };
    this.#put(markerOf(outcome, PRODUCER, facts), base, base + 1, atMs);
  }

  /** A batch whose records were all compacted away. */
  #empty(offsets: number, atMs: number): void {
    const base = this.#end;
    const facts = { baseOffset: BigInt(base), lastOffsetDelta: offsets - 1, recordCount: 0 };
    this.#put(batchOf([], facts), base, base + offsets, atMs);
  }

  #put(bytes: Buffer, base: number, next: number, atMs: number): void {
    this.#batches.push({ base, next, bytes, atMs });
    this.#end = next;
  }
}

function keyOf({ keys, hot, keyless }: Scenario, dice: Dice): string | null {
  if (dice.chance(keyless)) return null;
  return dice.chance(hot) ? 'k0' : `k${dice.below(keys)}`;
}

const PRODUCER = 7n;
const VALUE = Buffer.from('value');
