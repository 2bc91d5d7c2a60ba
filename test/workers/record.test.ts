import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Deserializer } from '../../src/contract/config.ts';
import { ChunkRecord } from '../../workers/record.ts';
import { inboxOf, planOf } from '../support/chunk-plans.ts';
import { type BodySpec, bodyOf } from '../support/record-bodies.ts';

const ORIGIN = { topic: 'orders', partition: 7, origin: 0n };

/** The records of a chunk as a thread reads them. */
function recordsOf(
  specs: readonly BodySpec[],
  how: Deserializer = 'bytes',
  origin = 0n,
): ChunkRecord[] {
  const inbox = inboxOf(planOf(specs, { attempt: 3 }));
  return specs.map(
    (_, place) => new ChunkRecord(inbox, place, { ...ORIGIN, origin }, { key: how, value: how }),
  );
}

const recordOf = (spec: BodySpec, how?: Deserializer): ChunkRecord =>
  recordsOf([spec], how)[0] as ChunkRecord;

test('keys, values and headers of all records of a chunk arrive as they were', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 300 }));
  const record = fc.record({
    key: bytes,
    value: bytes,
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), bytes), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 256 }), (specs) => {
      for (const [i, found] of recordsOf(specs).entries()) {
        const { key, value, headers } = specs[i] as (typeof specs)[number];
        const again = bodyOf({ key: found.rawKey, value: found.rawValue, headers: found.headers });
        assert.deepEqual(again, bodyOf({ key, value, headers }));
      }
    }),
    { numRuns: 50 },
  );
});

test('topic, partition, offset, timestamp and attempt are those of the record', () => {
  const record = recordOf({ offset: 41, timestamp: 1_700_000_000_123 });
  const { topic, partition, offset, timestamp, attempt } = record;
  assert.deepEqual(
    { topic, partition, offset, timestamp, attempt },
    { topic: 'orders', partition: 7, offset: 41n, timestamp: 1_700_000_000_123, attempt: 3 },
  );
});

test('offsets are exact up to the end of their range', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 63n - 2n - 2n ** 40n }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (origin, distance) => {
        const [record] = recordsOf([{ offset: distance }], 'bytes', origin);
        assert.equal(record?.offset, origin + BigInt(distance));
      },
    ),
  );
});

test('a record without a timestamp has -1', () => {
  assert.equal(recordOf({ timestamp: -1 }).timestamp, -1);
});

test('a null key and a null value are null under every deserializer', () => {
  for (const how of ['bytes', 'string', 'json'] as const) {
    const { key, value, rawKey, rawValue } = recordOf({ key: null, value: null }, how);
    assert.deepEqual(
      { key, value, rawKey, rawValue },
      {
        key: null,
        value: null,
        rawKey: null,
        rawValue: null,
      },
    );
  }
});

test('an empty key is a key', () => {
  assert.equal(recordOf({ key: '', value: 'x' }, 'string').key, '');
  assert.deepEqual(recordOf({ key: '', value: 'x' }).key, Buffer.alloc(0));
});

test('JSON null is null, and its raw bytes are there all the same', () => {
  const record = recordOf({ key: '1', value: 'null' }, 'json');
  assert.equal(record.value, null);
  assert.equal(String(record.rawValue), 'null');
});

test('a value that does not decode fails before the handler could see the record', () => {
  assert.throws(() => recordOf({ key: '1', value: '{' }, 'json'), /The value is not JSON/);
  assert.throws(() => recordOf({ key: '{', value: '1' }, 'json'), /The key is not JSON/);
});

test('a handler may write into its Buffers: no other record shows it', () => {
  const spec = { key: 'kkkk', value: 'vvvv', headers: [['h', 'hhhh']] } as const;
  const inbox = inboxOf(planOf([spec, spec]));
  const read = (place: number) =>
    new ChunkRecord(inbox, place, ORIGIN, { key: 'bytes', value: 'bytes' });
  const first = read(0);
  first.rawKey?.fill(0);
  first.rawValue?.fill(0);
  first.headers[0]?.[1]?.fill(0);
  const other = read(1);
  assert.equal(String(other.rawKey), 'kkkk');
  assert.equal(String(other.rawValue), 'vvvv');
  assert.equal(other.header('h'), 'hhhh');
});

test('the memory behind a large value holds nothing else', () => {
  const size = Buffer.poolSize + 1000;
  const secret = 'S'.repeat(size);
  const value = 'v'.repeat(size);
  const [, record] = recordsOf([{ value: secret }, { value }, { value: secret }]);
  const behind = Buffer.from(record?.rawValue?.buffer ?? new ArrayBuffer(0));
  assert.equal(behind.byteLength, size);
  assert.ok(!behind.includes('SSSS'));
});

test('a value that is kept does not keep its chunk', () => {
  const inbox = inboxOf(planOf([{ value: 'v'.repeat(9000) }]));
  const record = new ChunkRecord(inbox, 0, ORIGIN, { key: 'bytes', value: 'bytes' });
  assert.notEqual(record.rawValue?.buffer, inbox.buffer.buffer);
  assert.equal(record.rawValue, record.value);
});

test('header(name) is the last one of that name as text', () => {
  const record = recordOf({
    headers: [
      ['id', 'one'],
      ['ID', 'other'],
      ['id', 'two'],
    ],
  });
  assert.equal(record.header('id'), 'two');
});

test('header(name) is undefined when there is none, and when its value is null', () => {
  const record = recordOf({
    headers: [
      ['id', 'one'],
      ['id', null],
    ],
  });
  assert.equal(record.header('id'), undefined);
  assert.equal(record.header('constructor'), undefined);
});

test('a record with 10,000 headers is read within a moment', () => {
  const headers = Array.from({ length: 10_000 }, (_, i) => [`h${i}`, `${i}`] as const);
  const record = recordOf({ value: 'x', headers });
  const startedMs = performance.now();
  assert.equal(record.headers.length, 10_000);
  assert.equal(record.header('h9999'), '9999');
  // A quadratic reader takes 42 s for these; this one a few ms.
  assert.ok(performance.now() - startedMs < 2000);
});

test('what a schema makes of a value is the value, even when that is nothing', () => {
  const record = recordOf({ value: '{"a":1}' }, 'json');
  record.value = { a: 2 };
  assert.deepEqual(record.value, { a: 2 });
  record.value = undefined;
  assert.equal(record.value, undefined);
  assert.equal(String(record.rawValue), '{"a":1}');
});

test('a record shows what it is in a log, as JSON and in a console', () => {
  const record = recordOf({ key: 'k', value: 'v', offset: 41, timestamp: 12 }, 'string');
  const shown = {
    topic: 'orders',
    partition: 7,
    offset: '41',
    key: 'k',
    value: 'v',
    timestamp: 12,
    attempt: 3,
  };
  assert.deepEqual(JSON.parse(JSON.stringify({ record })), { record: shown });
  assert.equal(inspect(record), inspect(shown));
});

test('a value that runs past the end of its record is refused, and none of the next record is taken for it', () => {
  const inbox = inboxOf(planOf([{ value: 'abc' }, { value: 'of another' }], { attempt: 1 }));
  // Behind the null key.
  inbox.bytes[(inbox.start[0] as number) + 1] = 2 * 9;
  const how = { key: 'bytes', value: 'bytes' } as const;
  assert.throws(() => new ChunkRecord(inbox, 0, ORIGIN, how), {
    name: 'DecodeError',
    message: /The value, 9 bytes by its length, runs past the end of the record/,
  });
  assert.equal(String(new ChunkRecord(inbox, 1, ORIGIN, how).rawValue), 'of another');
});
