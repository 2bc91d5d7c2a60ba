import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../src/contract/errors.ts';
import { decodeAssignment, encodeAssignment } from '../../../src/kafka/assigner/assignment.ts';

const hex = (parts: string): Buffer => Buffer.from(parts.replaceAll(/\s/g, ''), 'hex');

const ENTRIES = `00000002 0005 6175646974 00000001 00000001
  0006 6f7264657273 00000002 00000000 00000002`;
const assignment = new Map([
  ['audit', [1]],
  ['orders', [0, 2]],
]);

test('the bytes are those of Kafka 4.1.1 for version 1 with empty user data', () => {
  assert.deepEqual(encodeAssignment(assignment), hex(`0001 ${ENTRIES} 00000000`));
});

test('an empty assignment is written in full, so that nobody takes it for a missing one', () => {
  assert.deepEqual(encodeAssignment(new Map()), hex('0001 00000000 00000000'));
});

for (const version of ['0000', '0001', '0002', '0003', '0009']) {
  test(`an assignment of version ${version} is read, whatever its user data`, () => {
    assert.deepEqual(decodeAssignment(hex(`${version} ${ENTRIES} ffffffff`)), assignment);
    assert.deepEqual(decodeAssignment(hex(`${version} ${ENTRIES} 00000001 ff 0102`)), assignment);
  });
}

test('no bytes at all mean no partitions', () => {
  assert.deepEqual(decodeAssignment(new Uint8Array(0)), new Map());
});

test('an assignment comes back as it was written', () => {
  const given = fc
    .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.uniqueArray(fc.nat())), {
      selector: ([topic]) => topic,
    })
    .map((entries) => new Map(entries.map(([topic, list]) => [topic, list.sort((a, b) => a - b)])));
  fc.assert(
    fc.property(given, (map) => assert.deepEqual(decodeAssignment(encodeAssignment(map)), map)),
  );
});

test('an assignment that is cut off anywhere or has a negative version is refused with MR330', () => {
  const whole = hex(`0001 ${ENTRIES} 00000000`);
  for (let size = 1; size < whole.byteLength; size++) assertRefused(whole.subarray(0, size));
  assertRefused(hex(`fffe ${ENTRIES} 00000000`));
});

function assertRefused(bytes: Uint8Array): void {
  assert.throws(
    () => decodeAssignment(bytes),
    (error) => error instanceof MillraceError && error.code === 'MR330',
  );
}
