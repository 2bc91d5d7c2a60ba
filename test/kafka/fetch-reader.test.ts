import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Ask } from '../../src/kafka/fetch-ask.ts';
import { FetchReader } from '../../src/kafka/fetch-reader.ts';
import type { FetchedPartition } from '../../src/kafka/fetch-response.ts';
import type { Held } from '../../src/kafka/intake.ts';
import type { CorruptSet } from '../../src/kafka/records/corrupt-set.ts';
import { FakeEpoch, heldOf } from '../support/fake-epoch.ts';
import { pipelineOf } from '../support/pipeline.ts';
import { batch, marker, record, recordsOf } from './records/naive.ts';

type IsolationLevel = 'readCommitted' | 'readUncommitted';

class Rig {
  readonly held = heldOf('orders', 0, 0n);
  readonly epoch = this.held.epoch;
  readonly damaged: Held[] = [];
  readonly corrupt: CorruptSet[] = [];
  readonly #reader: FetchReader;

  constructor(isolationLevel: IsolationLevel = 'readCommitted') {
    this.#reader = new FetchReader(
      { ...pipelineOf().source, isolationLevel },
      {
        onCorrupt: (_held, error) => this.corrupt.push(error),
        onDamaged: (held) => this.damaged.push(held),
      },
    );
  }

  ask(bytes = 1000): Ask {
    return { held: this.held, epoch: this.epoch, bytes };
  }

  async read(...args: Parameters<Rig['start']>): Promise<void> {
    await this.start(...args);
  }

  start(
    set: Buffer,
    fetched: Partial<FetchedPartition> = {},
    { ask = this.ask(), answerBytes = set.byteLength } = {},
  ): Promise<void> | undefined {
    const { topic, partition } = this.held;
    const ends = { highWatermark: 9n, lastStableOffset: 9n, divergedAt: null };
    const rest = { errorCode: 0, ...ends, abortedTransactions: [] };
    return this.#reader.read(ask, { topic, partition, ...rest, set, ...fetched }, answerBytes);
  }

  get offsets(): bigint[] {
    return this.epoch.blocks.flatMap((block) => recordsOf(block).map(({ offset }) => offset));
  }
}

const three = batch({ records: [record(0), record(1), record(2)] });
/** The same with a bit of its last record turned, so that the checksum no longer fits. */
const spoiled = Buffer.from(three);
spoiled[spoiled.length - 2] = (spoiled.at(-2) as number) ^ 1;
const zipped = batch({ records: [record(0), record(1)], attributes: 1, pack: gzipSync });

describe('FetchReader', () => {
  it('gives the records of a set to the epoch, from its position on', async () => {
    const rig = new Rig();
    rig.epoch.position = 1n;
    assert.equal(rig.start(three), undefined);
    assert.deepEqual(rig.offsets, [1n, 2n]);
    assert.equal(rig.epoch.position, 3n);
  });

  it('reads several batches as one block', async () => {
    const rig = new Rig();
    await rig.read(Buffer.concat([three, batch({ records: [record(7)] })]));
    assert.equal(rig.epoch.blocks.length, 1);
    assert.deepEqual(rig.offsets, [0n, 1n, 2n, 7n]);
  });

  it('expands compressed batches first, which takes a moment', async () => {
    const rig = new Rig();
    const reading = rig.start(zipped);
    assert.deepEqual(rig.offsets, []);
    assert(reading instanceof Promise);
    await reading;
    assert.deepEqual(rig.offsets, [0n, 1n]);
  });

  it('gives nothing to an epoch that is not the one of the partition any more', async () => {
    const rig = new Rig();
    const later = new FakeEpoch();
    const ask = rig.ask();
    const reading = rig.start(zipped, {}, { ask });
    Object.assign(rig.held, { epoch: later, leastBytes: 5, corruptReads: 1 });
    await reading;
    for (const set of [three, spoiled, three.subarray(0, 30)]) await rig.read(set, {}, { ask });
    assert.deepEqual([rig.offsets, later.blocks], [[], []]);
    assert.deepEqual([rig.held.leastBytes, rig.held.corruptReads], [5, 1]);
    assert.deepEqual([rig.damaged, rig.corrupt], [[], []]);
  });

  it('hides aborted transactions where only what is committed is read, and passes over markers', async () => {
    const open = { attributes: 0x10, producerId: 4n };
    const set = Buffer.concat([
      batch({ records: [record(0), record(1)], ...open }),
      marker('abort', 4n, 2n),
      batch({ records: [record(3)], ...open }),
      marker('commit', 4n, 4n),
    ]);
    const abortedTransactions = [{ producerId: 4n, firstOffset: 0n }];
    const strict = new Rig();
    await strict.read(set, { abortedTransactions });
    assert.deepEqual([strict.offsets, strict.epoch.position], [[3n], 5n]);
    const loose = new Rig('readUncommitted');
    await loose.read(set, { abortedTransactions });
    assert.deepEqual([loose.offsets, loose.epoch.position], [[0n, 1n, 3n], 5n]);
  });

  it('moves the position over a set without a record to deliver', async () => {
    const rig = new Rig();
    await rig.read(marker('commit', 4n, 0n));
    assert.deepEqual([rig.offsets, rig.epoch.position], [[], 1n]);
  });

  it('keeps the memory of an answer that is mostly this set, and copies the set out of any other', async () => {
    const rig = new Rig();
    await rig.read(three, {}, { answerBytes: three.byteLength * 2 - 1 });
    rig.epoch.position = 0n;
    await rig.read(three, {}, { answerBytes: three.byteLength * 2 });
    const [kept, copied] = rig.epoch.blocks;
    assert.equal(kept?.bytes.buffer, three.buffer);
    assert.notEqual(copied?.bytes.buffer, three.buffer);
    assert.equal(copied?.bytes.byteLength, copied?.bytes.buffer.byteLength);
  });

  it('asks for the whole of a batch that was cut off, the next time', async () => {
    const rig = new Rig();
    await rig.read(three.subarray(0, 40), {}, { ask: rig.ask(40) });
    assert.equal(rig.held.leastBytes, three.byteLength);
    await rig.read(three);
    assert.equal(rig.held.leastBytes, 0);
  });

  it('asks for twice as much when even the size of the batch was cut off', async () => {
    const rig = new Rig();
    await rig.read(three.subarray(0, 5), {}, { ask: rig.ask(700) });
    assert.equal(rig.held.leastBytes, 1400);
  });

  it('takes a batch for damaged that states more than the log has, and then for corrupt', async () => {
    const rig = new Rig();
    const cut = three.subarray(0, three.byteLength - 1);
    const ask = rig.ask(three.byteLength);
    for (let i = 0; i < 2; i++) await rig.read(cut, {}, { ask });
    assert.deepEqual([rig.damaged.length, rig.corrupt.length], [2, 0]);
    await rig.read(cut, {}, { ask });
    assert.deepEqual(
      rig.corrupt.map(({ code, offset }) => [code, offset]),
      [['MR310', 0n]],
    );
    assert.match(rig.corrupt[0]?.message ?? '', /more than the log has/);
  });

  it('asks again for a batch that a limit of the request may have cut off', async () => {
    const { maxBytes } = pipelineOf().source.fetch;
    for (const [bytes, answerBytes] of [
      [three.byteLength - 1, 100],
      [three.byteLength, maxBytes],
    ] as const) {
      const rig = new Rig();
      const cut = three.subarray(0, three.byteLength - 1);
      await rig.read(cut, {}, { ask: rig.ask(bytes), answerBytes });
      assert.deepEqual([rig.damaged.length, rig.held.leastBytes], [0, three.byteLength]);
    }
  });

  it('never asks for more than a request can say, whatever a batch states', async () => {
    const huge = Buffer.from(three);
    huge.writeInt32BE(2 ** 31 - 1, 8);
    const rig = new Rig();
    await rig.read(huge);
    assert.equal(rig.held.leastBytes, 2 ** 31 - 1);
    await rig.read(three.subarray(0, 5), {}, { ask: rig.ask(2 ** 31 - 1) });
    assert.equal(rig.held.leastBytes, 2 ** 31 - 1);
  });

  it('asks again twice for bytes that are corrupt, then reports them with their offset', async () => {
    const rig = new Rig();
    await rig.read(spoiled);
    await rig.read(spoiled);
    assert.deepEqual([rig.damaged, rig.corrupt], [[rig.held, rig.held], []]);
    await rig.read(spoiled);
    assert.equal(rig.damaged.length, 2);
    assert.deepEqual(
      rig.corrupt.map(({ code, offset, after }) => ({ code, offset, after })),
      [{ code: 'MR310', offset: 0n, after: 3n }],
    );
    assert.deepEqual([rig.offsets, rig.epoch.position], [[], 0n]);
  });

  it('counts corrupt reads anew after a good one', async () => {
    const rig = new Rig();
    for (let i = 0; i < 4; i++) {
      await rig.read(spoiled);
      await rig.read(spoiled);
      await rig.read(three);
    }
    assert.deepEqual(rig.corrupt, []);
  });

  it('delivers what stands before a corrupt batch', async () => {
    const rig = new Rig();
    const next = Buffer.from(spoiled);
    next.writeBigInt64BE(3n);
    await rig.read(Buffer.concat([three, next]));
    assert.deepEqual([rig.offsets, rig.epoch.position], [[0n, 1n, 2n], 3n]);
    assert.deepEqual([rig.damaged, rig.corrupt], [[], []]);
  });

  it('refuses compressed bytes that expand to more than 64 MiB', async () => {
    const rig = new Rig();
    const bomb = batch({
      records: [record(0)],
      attributes: 1,
      pack: () => gzipSync(Buffer.alloc(65 * 2 ** 20)),
    });
    for (let i = 0; i < 3; i++) await rig.read(bomb);
    assert.equal(rig.corrupt[0]?.code, 'MR311');
  });
});
