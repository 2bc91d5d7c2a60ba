import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { appendProduced } from '../../../src/broker/append-produced.ts';
import type { Cluster } from '../../../src/broker/cluster.ts';
import { Batch, batchSizeAt } from '../../../src/broker/log/batch.ts';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import type { Partition } from '../../../src/broker/partition.ts';
import type { Topic } from '../../../src/broker/topic.ts';
import { Transactions } from '../../../src/broker/transactions/transactions.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { NOW_MS } from '../../support/broker-scene.ts';
import { FakeClock } from '../../support/clock.ts';
import { clusterOf } from '../../support/clusters.ts';

const NODE = 1;
const TIMEOUT_MS = 5000;
const fenced = 'PRODUCER_FENCED';
const TERMS = { needsAllReplicas: false, allowsZstd: true };

/** Two partitions, and the transactions that are written to them. */
class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly partitions: readonly Partition[];
  readonly transactions: Transactions;
  readonly #cluster: Cluster = clusterOf(1);
  readonly #topic: Topic;

  constructor() {
    const assignments = [[NODE], [NODE]];
    this.#topic = this.#cluster.topics.create({ name: 'orders', assignments, configs: new Map() });
    this.partitions = this.#topic.partitions;
    this.transactions = new Transactions({
      clock: this.clock,
      nowMs: () => NOW_MS,
      maxTimeoutMs: TIMEOUT_MS,
      coordinatorOf: () => NODE,
      mark: ({ index }, { outcome, producerId, epoch }) =>
        this.partitions[index]?.mark(outcome, producerId, epoch, NOW_MS),
      completeOffsets() {},
    });
  }

  append(index: number, batch: Buffer): bigint {
    const partition = this.partitions[index] as Partition;
    return appendProduced(this.#cluster, this.#topic, partition, batch, TERMS).baseOffset;
  }
}

/** A producer with a transaction at a time, which remembers where its open one has written. */
class Producer {
  readonly #rig: Rig;
  readonly #sequences = new Map<number, number>();
  readonly #id: string;
  #identity: { producerId: bigint; epoch: number };
  /** Partition and offset of each batch of the open transaction. */
  #open: [number, bigint][] = [];

  constructor(rig: Rig, id: string) {
    this.#rig = rig;
    this.#id = id;
    this.#identity = this.#begun();
  }

  begin(): void {
    this.#identity = this.#begun();
    this.#startAnew();
  }

  /** Writes two records, and then the same again as if the answer had been lost. */
  write(index: number): void {
    const claim = { transactionalId: this.#id, ...this.#identity };
    this.#rig.transactions.checkWrite(claim, { topic: 'orders', index }, true);
    const baseSequence = this.#sequences.get(index) ?? 0;
    const { producerId, epoch: producerEpoch } = this.#identity;
    const facts = { attributes: 0x10, producerId, producerEpoch, baseSequence };
    const [offset, again] = [1, 2].map(() => this.#rig.append(index, batchOf(2, facts)));
    assert.equal(offset, again);
    this.#sequences.set(index, baseSequence + 2);
    this.#open.push([index, offset as bigint]);
  }

  /** Ends its transaction; what was written, if that was a commit. */
  end(outcome: 'commit' | 'abort', bumps: boolean): readonly [number, bigint][] {
    const claim = { transactionalId: this.#id, ...this.#identity };
    const next = this.#rig.transactions.end(NODE, claim, outcome, { fenced, bumps });
    const written = this.#open;
    if (next.epoch === this.#identity.epoch) this.#open = [];
    else this.#startAnew();
    this.#identity = next;
    return outcome === 'commit' ? written : [];
  }

  /** Each epoch counts its records from 0. */
  #startAnew(): void {
    this.#sequences.clear();
    this.#open = [];
  }

  #begun(): { producerId: bigint; epoch: number } {
    const asked = { transactionalId: this.#id, timeoutMs: TIMEOUT_MS };
    return this.#rig.transactions.begin(NODE, asked, null, fenced);
  }
}

/** A consumer of committed records: it drops those of aborted transactions as clients do. */
class Reader {
  readonly seen: bigint[] = [];
  readonly #log: PartitionLog;
  #position = 0n;

  constructor(log: PartitionLog) {
    this.#log = log;
  }

  /** Reads a little, or to the end. */
  read(maxBytes: number): void {
    const found = this.#log.read(this.#position, this.#log.lastStableOffset, maxBytes, true);
    const aborted = [...this.#log.abortedWithin(this.#position, found)].sort((a, b) =>
      Number(a.firstOffset - b.firstOffset),
    );
    const dropped = new Set<bigint>();
    const bytes = Buffer.concat(found.records);
    for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at) ?? bytes.length) {
      const batch = new Batch(bytes.subarray(at));
      while (aborted[0] && aborted[0].firstOffset <= batch.lastOffset) {
        dropped.add(aborted.shift()?.producerId ?? -1n);
      }
      if (batch.isControl) dropped.delete(batch.producerId);
      else if (!batch.isTransactional || !dropped.has(batch.producerId)) {
        this.seen.push(batch.baseOffset);
      }
    }
    this.#position = found.endOffset;
  }
}

test('a reader of committed records sees them all in their order and no others, however transactions mingle', () => {
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom('write', 'write', 'write', 'plain', 'commit', 'abort', 'begin', 'wait'),
    index: fc.nat(1),
    bumps: fc.boolean(),
    readBytes: fc.option(fc.constantFrom(1, 200, 10_000)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rig = new Rig();
      const producers = ['a', 'b', 'c'].map((id) => new Producer(rig, id));
      const readers = rig.partitions.map(({ log }) => new Reader(log));
      const committed: bigint[][] = [[], []];
      for (const { who, what, index, bumps, readBytes } of steps) {
        const producer = producers[who] as Producer;
        try {
          if (what === 'write') producer.write(index);
          else if (what === 'begin') producer.begin();
          else if (what === 'plain') {
            committed[index]?.push(rig.append(index, batchOf(1)));
          } else if (what === 'wait') rig.clock.advance(1700);
          else for (const [at, offset] of producer.end(what, bumps)) committed[at]?.push(offset);
        } catch (error) {
          // Its time was over, or it had nothing open.
          assert.match(String(error), /FENCED|INVALID_PRODUCER_EPOCH|INVALID_TXN_STATE/);
        }
        if (readBytes !== null) readers[index]?.read(readBytes);
      }
      rig.clock.advance(TIMEOUT_MS);
      for (const [index, reader] of readers.entries()) {
        reader.read(1e6);
        const expected = committed[index]?.sort((a, b) => Number(a - b));
        assert.deepEqual(reader.seen, expected);
      }
    }),
  );
});
