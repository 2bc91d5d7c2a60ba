import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { APIS } from '../../../src/broker/apis/index.ts';
import { codecOf } from '../../../src/broker/wire/codec.ts';
import { MalformedFrame } from '../../../src/broker/wire/malformed-frame.ts';
import { Reader } from '../../../src/broker/wire/reader.ts';
import type { Decoded, Encoded, Schema } from '../../../src/broker/wire/schema.ts';
import { Writer } from '../../../src/broker/wire/writer.ts';
import { messageOf } from '../../support/messages.ts';

function encoded<S extends Schema>(
  schema: S,
  version: number,
  flexible: boolean,
  body: Encoded<S>,
) {
  const writer = new Writer();
  codecOf(schema, version, flexible).encode(writer, body);
  return writer.body();
}

function decoded<S extends Schema>(schema: S, version: number, flexible: boolean, bytes: Buffer) {
  const reader = new Reader(bytes);
  const body: Decoded<S> = codecOf(schema, version, flexible).decode(reader);
  assert.equal(reader.left, 0);
  return body;
}

const schema = {
  name: 'string?2+',
  added: 'int32 1+ = -1',
  gone: 'int8 0-1',
  parts: [{ index: 'int32', data: 'bytes?' }],
  ids: ['int32'],
  leader: { $: '3+ tag 0', id: 'int32 = -1' },
  note: 'string? 3+ tag 7 = null',
} as const;
const body = { name: 'n', added: 5, gone: 1, parts: [{ index: 1, data: null }], ids: [1, 2] };

test('a version carries only its own fields, and decoding fills the others with their defaults', () => {
  const old = decoded(schema, 0, false, encoded(schema, 0, false, body));
  assert.equal(old.added, -1);
  assert.equal(old.gone, 1);
  assert.deepEqual(old.leader, { id: -1 });
  const late = decoded(schema, 2, false, encoded(schema, 2, false, body));
  assert.equal(late.added, 5);
  assert.equal(late.gone, 0);
});

test('the layout is that of the protocol, plain and flexible', () => {
  const bare = { name: 'ab', gone: 1, parts: [], ids: [7] };
  const plain = [0, 2, 97, 98, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7];
  assert.deepEqual([...encoded(schema, 0, false, bare)], plain);
  const flexible = [3, 97, 98, 255, 255, 255, 255, 1, 2, 0, 0, 0, 7, 0];
  assert.deepEqual([...encoded(schema, 3, true, bare)], flexible);
});

test('null is refused in both directions where the version does not allow it', () => {
  const nameless = { ...body, name: null };
  assert.throws(() => encoded(schema, 1, false, nameless), TypeError);
  assert.equal(decoded(schema, 2, false, encoded(schema, 2, false, nameless)).name, null);
  assert.throws(() => decoded(schema, 1, false, Buffer.from([0xff, 0xff])), MalformedFrame);
});

test('tagged fields go out when they differ from their default, and unknown ones are skipped', () => {
  const told = encoded(schema, 3, true, { ...body, leader: { id: 4 }, note: 'x' });
  assert.deepEqual(decoded(schema, 3, true, told).leader, { id: 4 });
  assert.equal(decoded(schema, 3, true, told).note, 'x');
  const silent = encoded(schema, 3, true, body);
  assert.equal(silent.at(-1), 0);
  const strange = Buffer.concat([silent.subarray(0, -1), Buffer.from([1, 99, 2, 1, 2])]);
  assert.equal(decoded(schema, 3, true, strange).name, 'n');
  const wrongSize = Buffer.concat([silent.subarray(0, -1), Buffer.from([1, 0, 9, 0, 0, 0, 4, 0])]);
  assert.throws(() => decoded(schema, 3, true, wrongSize), MalformedFrame);
});

test('a count of elements that the bytes cannot hold is malformed before anything is allocated', () => {
  const bytes = Buffer.from([0, 1, 97, 0, 0x7f, 0xff, 0xff, 0xff]);
  assert.throws(() => decoded(schema, 0, false, bytes), MalformedFrame);
});

test('every message of every API is read back as it was written, in every version', () => {
  for (const { versions, flexibleFrom, request, response, name } of APIS) {
    for (let version = versions[0]; version <= versions[1]; version++) {
      for (const each of [request, response]) {
        const flexible = version >= flexibleFrom;
        const property = fc.property(messageOf(each, version, flexible), (message) => {
          const bytes = encoded(each, version, flexible, message);
          const again = decoded(each, version, flexible, bytes);
          assert.deepEqual(encoded(each, version, flexible, again as Encoded<Schema>), bytes, name);
        });
        fc.assert(property, { numRuns: 5 });
      }
    }
  }
});
