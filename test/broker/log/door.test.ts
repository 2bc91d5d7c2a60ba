import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../../src/broker/errors.ts';
import { checkProduced, type DoorRules, TimesRefused } from '../../../src/broker/log/door.ts';
import { batchOf } from '../../support/broker-batches.ts';

const RULES: DoorRules = {
  maxBytes: 10_000,
  allowsZstd: true,
  nowMs: 1_700_000_000_000,
  maxBehindMs: 2n ** 63n - 1n,
  maxAheadMs: 3_600_000n,
  hasLogAppendTime: false,
};

/** What comes of bytes at the door: the error, or OK. */
function outcome(bytes: Buffer, rules: Partial<DoorRules> = {}): string {
  try {
    checkProduced(bytes, { ...RULES, ...rules });
    return 'OK';
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return error.message;
  }
}

/** A batch with other bytes at a place of its header. */
function withInt32(at: number, value: number): Buffer {
  const bytes = batchOf(3);
  bytes.writeInt32BE(value, at);
  return bytes;
}

const tooSmall = (length: number): string =>
  `CORRUPT_MESSAGE: Record size ${length} is less than the minimum record overhead (14)`;

// As Kafka 4.1 answers to each.
const CASES: readonly (readonly [what: string, bytes: Buffer, outcome: string])[] = [
  ['a sound batch', batchOf(3), 'OK'],
  ['a batch with a few bytes behind it', Buffer.concat([batchOf(3), Buffer.alloc(5)]), 'OK'],
  ['two batches', Buffer.concat([batchOf(3), batchOf(3)]), 'INVALID_RECORD'],
  ['a part of a batch', batchOf(3).subarray(0, 70), 'INVALID_RECORD'],
  ['a few bytes', Buffer.alloc(10), 'INVALID_RECORD'],
  ['zeros', Buffer.alloc(17), tooSmall(0)],
  ['a negative length', withInt32(8, -5), tooSmall(-5)],
  ['a length below a header', withInt32(8, 30), 'CORRUPT_MESSAGE'],
  ['a wrong checksum', batchOf(3, { crc: 1 }), 'CORRUPT_MESSAGE'],
  ['format 1', batchOf(3, { magic: 1 }), 'INVALID_RECORD'],
  ['format 3', batchOf(3, { magic: 3 }), 'CORRUPT_MESSAGE: Invalid magic found in record: 3'],
  ['a base offset', batchOf(3, { baseOffset: 7n }), 'INVALID_RECORD'],
  ['more offsets than records', batchOf(3, { lastOffsetDelta: 5 }), 'INVALID_RECORD'],
  ['no records', batchOf(0), 'INVALID_RECORD'],
  ['a control batch', batchOf(1, { attributes: 0x20 }), 'INVALID_RECORD'],
  ['a producer without a sequence', batchOf(1, { producerId: 1n }), 'INVALID_RECORD'],
  ['an unknown compression', batchOf(3, { attributes: 5 }), 'UNKNOWN_SERVER_ERROR'],
];

for (const [what, bytes, expected] of CASES) {
  const verb = expected === 'OK' ? 'let in' : 'refused';
  test(`${what} is ${verb}`, () => assert.equal(outcome(bytes), expected));
}

test('a batch may be as large as the limit and no larger', () => {
  const bytes = batchOf(3);
  assert.equal(outcome(bytes, { maxBytes: bytes.length }), 'OK');
  assert.equal(outcome(bytes, { maxBytes: bytes.length - 1 }), 'MESSAGE_TOO_LARGE');
});

test('zstd is refused of clients that are too old for it', () => {
  const bytes = batchOf(3, { attributes: 4 });
  assert.equal(outcome(bytes), 'OK');
  assert.equal(outcome(bytes, { allowsZstd: false }), 'UNSUPPORTED_COMPRESSION_TYPE');
});

test('records too far ahead of the clock are refused one by one, unless the log stamps them', () => {
  const late = batchOf([{ value: 'a' }, { value: 'b', atMs: 3_600_001 }]);
  assert.throws(
    () => checkProduced(late, RULES),
    (error) => error instanceof TimesRefused && error.recordErrors[0]?.batchIndex === 1,
  );
  assert.equal(outcome(late, { hasLogAppendTime: true }), 'OK');
  assert.equal(outcome(batchOf([{ value: 'a' }, { value: 'b', atMs: 3_600_000 }])), 'OK');
});

test('records too far behind the clock are refused', () => {
  const old = batchOf(1, { baseTimestamp: BigInt(RULES.nowMs) - 101n });
  assert.match(outcome(old, { maxBehindMs: 100n }), /^INVALID_TIMESTAMP/);
  assert.equal(outcome(old, { maxBehindMs: 101n }), 'OK');
});

test('a wrong largest time in the header alone is no reason to refuse', () => {
  assert.equal(outcome(batchOf(2, { maxTimestamp: BigInt(RULES.nowMs) * 2n })), 'OK');
});

test('any bytes are let in or refused, and nothing else happens', () => {
  const sound = batchOf(2);
  const mutated = fc
    .tuple(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length))
    .map(([at, byte, length]) => {
      const bytes = Buffer.from(sound);
      bytes[at] = byte;
      return bytes.subarray(0, length);
    });
  const any = fc.oneof(fc.uint8Array({ maxLength: 100 }).map(Buffer.from), mutated);
  fc.assert(fc.property(any, (bytes) => assert.equal(typeof outcome(bytes), 'string')));
});
