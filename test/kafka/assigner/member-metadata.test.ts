import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../src/contract/errors.ts';
import {
  decodeMemberMetadata,
  encodeMemberMetadata,
  type MemberMetadata,
  NO_GENERATION,
} from '../../../src/kafka/assigner/member-metadata.ts';
import { mergeTopicPartitions } from '../../../src/kafka/assigner/topic-partitions.ts';

const hex = (parts: string): Buffer => Buffer.from(parts.replaceAll(/\s/g, ''), 'hex');

/** Topics "orders" and "zażółć-日本-🚀" as Kafka writes them. */
const TOPICS = '00000002 0006 6f7264657273 0016 7a61c5bcc3b3c582c4872de697a5e69cac2df09f9a80';
/** orders 0 and 2, zażółć-日本-🚀 1. */
const OWNED = `00000002 0006 6f7264657273 00000002 00000000 00000002
  0016 7a61c5bcc3b3c582c4872de697a5e69cac2df09f9a80 00000001 00000001`;
const topics = ['orders', 'zażółć-日本-🚀'];
const owned = [
  { topic: 'orders', partitions: [0, 2] },
  { topic: 'zażółć-日本-🚀', partitions: [1] },
];

test('the bytes are those of Kafka 4.1.1 for version 1 with our user data', () => {
  const userData = '0000000a 4d4c5243 0001 00000007';
  assert.deepEqual(
    encodeMemberMetadata({ topics, owned, generation: 7 }),
    hex(`0001 ${TOPICS} ${userData} ${OWNED}`),
  );
});

// From Kafka's own ConsumerProtocol.serializeSubscription, 4.1.1, with user data 010203 that isn't ours.
const foreign: [string, string, MemberMetadata][] = [
  ['0', `0000 ${TOPICS} 00000003 010203`, { topics, owned: [], generation: NO_GENERATION }],
  ['1', `0001 ${TOPICS} 00000003 010203 ${OWNED}`, { topics, owned, generation: NO_GENERATION }],
  ['2', `0002 ${TOPICS} 00000003 010203 ${OWNED} 00000007`, { topics, owned, generation: 7 }],
  [
    '3',
    `0003 ${TOPICS} 00000003 010203 ${OWNED} 00000007 0006 7261636b2d61`,
    { topics, owned, generation: 7 },
  ],
  [
    '3 without a rack',
    `0003 ${TOPICS} ffffffff ${OWNED} 00000007 ffff`,
    { topics, owned, generation: 7 },
  ],
  [
    '9 with fields of the future',
    `0009 ${TOPICS} ffffffff ${OWNED} 00000007 ffff 01020304`,
    { topics, owned, generation: 7 },
  ],
];
for (const [version, bytes, metadata] of foreign) {
  test(`metadata of version ${version} is read`, () => {
    assert.deepEqual(decodeMemberMetadata(hex(bytes)), metadata);
  });
}

test('metadata come back as they were written, sorted and without repeats', () => {
  const metadata = fc.record({
    topics: fc.array(topicName),
    owned: fc.array(fc.record({ topic: topicName, partitions: fc.array(fc.nat()) })),
    generation: fc.integer({ min: -1, max: 0x7fffffff }),
  });
  fc.assert(
    fc.property(metadata, (given) => {
      const read = decodeMemberMetadata(encodeMemberMetadata(given));
      assert.deepEqual(read.topics, [...new Set(given.topics)].sort());
      assert.deepEqual(
        read.owned,
        [...mergeTopicPartitions(given.owned)].map(([topic, partitions]) => ({
          topic,
          partitions,
        })),
      );
      assert.equal(read.generation, given.generation);
    }),
  );
});

test('the order of topics and partitions does not change the bytes', () => {
  const shuffled = {
    topics: [...topics].reverse(),
    owned: [
      { topic: 'zażółć-日本-🚀', partitions: [1] },
      { topic: 'orders', partitions: [2] },
      { topic: 'orders', partitions: [0, 2] },
    ],
    generation: 7,
  };
  assert.deepEqual(
    encodeMemberMetadata(shuffled),
    encodeMemberMetadata({ topics, owned, generation: 7 }),
  );
});

const userData: [string, string, number][] = [
  ['ours counts, more than the field of version 2', '4d4c5243 0001 00000005', 5],
  ['ours with more behind it is read', '4d4c5243 0001 00000005 ffffff', 5],
  ['ours with a negative generation claims none', '4d4c5243 0001 fffffff0', 9],
  ['of a later layout is left alone', '4d4c5243 0002 00000005', 9],
  ['of another magic is left alone', '4d4c5244 0001 00000005', 9],
  ['that is cut off is left alone', '4d4c5243 0001 000000', 9],
  ['that is empty is left alone', '', 9],
];
for (const [what, bytes, generation] of userData) {
  test(`user data ${what}`, () => {
    const size = hex(bytes).byteLength.toString(16).padStart(8, '0');
    const metadata = hex(`0002 ${TOPICS} ${size} ${bytes} ${OWNED} 00000009`);
    assert.equal(decodeMemberMetadata(metadata).generation, generation);
  });
}

test('metadata that are cut off anywhere are refused with MR330', () => {
  const whole = hex(`0003 ${TOPICS} 00000003 010203 ${OWNED} 00000007 0006 7261636b2d61`);
  for (let size = 0; size < whole.byteLength; size++) assertRefused(whole.subarray(0, size));
});

test('the version 1 of an encoder that leaves out the owned partitions is refused', () => {
  assertRefused(hex(`0001 ${TOPICS} 00000000`));
});

test('a negative version is refused', () => assertRefused(hex(`ffff ${TOPICS} ffffffff`)));

test('no bytes make the reader throw anything but MR330', () => {
  const whole = hex(`0003 ${TOPICS} 00000003 010203 ${OWNED} 00000007 0006 7261636b2d61`);
  const damaged = fc
    .array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((damage) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of damage) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        decodeMemberMetadata(bytes);
      } catch (error) {
        assert.ok(error instanceof MillraceError && error.code === 'MR330', String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

const topicName = fc.string({ unit: 'grapheme', maxLength: 12 });

function assertRefused(bytes: Uint8Array): void {
  assert.throws(
    () => decodeMemberMetadata(bytes),
    (error) => error instanceof MillraceError && error.code === 'MR330',
  );
}
