import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../src/broker/log/batch.ts';
import { Sequences } from '../../src/broker/sequences.ts';
import { type BatchFacts, batchOf } from '../support/broker-batches.ts';

/** A batch of `count` records of producer 5. */
const batch = (baseSequence: number, count: number, facts: BatchFacts = {}): Batch =>
  new Batch(batchOf(count, { producerId: 5n, producerEpoch: 0, baseSequence, ...facts }));

/** Sequences after the batches of these places, each appended at its first sequence number. */
function after(...batches: readonly Batch[]): Sequences {
  const sequences = new Sequences();
  for (const each of batches) {
    assert.equal(sequences.check(each), null);
    sequences.add(each, { baseOffset: BigInt(each.baseSequence), logAppendTimeMs: -1n });
  }
  return sequences;
}

test('a producer that is not known begins where it likes', () => {
  assert.equal(new Sequences().check(batch(70, 1)), null);
});

test('a batch follows the one before it, and nothing else', () => {
  const sequences = after(batch(0, 3));
  assert.equal(sequences.check(batch(3, 2)), null);
  for (const wrong of [2, 4]) {
    assert.throws(() => sequences.check(batch(wrong, 2)), /OUT_OF_ORDER_SEQUENCE_NUMBER/);
  }
});

test('one of the last five that comes again is answered as it was the first time', () => {
  const sequences = after(...Array.from({ length: 6 }, (_, i) => batch(i * 2, 2)));
  for (const known of [2, 4, 6, 8, 10]) {
    assert.equal(sequences.check(batch(known, 2))?.baseOffset, BigInt(known));
  }
  assert.throws(() => sequences.check(batch(0, 2)), /OUT_OF_ORDER_SEQUENCE_NUMBER/);
  assert.throws(() => sequences.check(batch(10, 1)), /OUT_OF_ORDER_SEQUENCE_NUMBER/);
});

test('after the largest number comes 0, within a batch too', () => {
  assert.equal(after(batch(2 ** 31 - 2, 2)).check(batch(0, 1)), null);
  assert.equal(after(batch(2 ** 31 - 2, 4)).check(batch(2, 1)), null);
});

test('a newer epoch begins at 0 and ends the older one', () => {
  const sequences = after(batch(0, 3));
  const newer = { producerEpoch: 1 };
  assert.throws(() => sequences.check(batch(3, 1, newer)), /OUT_OF_ORDER_SEQUENCE_NUMBER/);
  sequences.add(batch(0, 1, newer), { baseOffset: 9n, logAppendTimeMs: -1n });
  assert.throws(() => sequences.check(batch(3, 1)), /INVALID_PRODUCER_EPOCH/);
  assert.equal(sequences.check(batch(1, 1, newer)), null);
});

test('the end of a transaction keeps the numbers of its epoch, and fences older ones when its epoch is newer', () => {
  const marker = { attributes: 0x30, baseSequence: -1 };
  const sequences = after(batch(0, 3));
  sequences.add(batch(-1, 1, marker), { baseOffset: 3n, logAppendTimeMs: -1n });
  assert.equal(sequences.check(batch(3, 1)), null);
  sequences.add(batch(-1, 1, { ...marker, producerEpoch: 1 }), {
    baseOffset: 4n,
    logAppendTimeMs: -1n,
  });
  assert.throws(() => sequences.check(batch(3, 1)), /INVALID_PRODUCER_EPOCH/);
});

test('after the end of a transaction in a newer epoch its records begin at 0', () => {
  const sequences = after(batch(0, 3));
  const marker = batch(-1, 1, { attributes: 0x30, producerEpoch: 1 });
  sequences.add(marker, { baseOffset: 3n, logAppendTimeMs: -1n });
  assert.throws(
    () => sequences.check(batch(3, 1, { producerEpoch: 1 })),
    /OUT_OF_ORDER_SEQUENCE_NUMBER/,
  );
  assert.equal(sequences.check(batch(0, 1, { producerEpoch: 1 })), null);
});

test('records without a producer are not looked at', () => {
  const plain = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };
  const sequences = after(batch(-1, 1, plain));
  assert.equal(sequences.check(batch(-1, 1, plain)), null);
});
