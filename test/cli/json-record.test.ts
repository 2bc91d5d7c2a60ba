import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readJsonRecord } from '../../src/cli/json-record.ts';

const read = (value: unknown) => readJsonRecord(JSON.stringify(value), 'seed.jsonl:3');

describe('a record of a line of JSON', () => {
  test('has strings as they are, and any other value as its JSON', () => {
    const { key, value } = read({ key: 'a b', value: { n: [1, null] } });
    assert.deepEqual([String(key), String(value)], ['a b', '{"n":[1,null]}']);
    assert.deepEqual(
      [String(read({ value: 7 }).value), String(read({ value: false }).value)],
      ['7', 'false'],
    );
  });

  test('has null for null and for what is not there', () => {
    const empty = {
      topic: undefined,
      partition: -1,
      key: null,
      value: null,
      headers: [],
      timestampMs: null,
    };
    assert.deepEqual(read({}), empty);
    assert.deepEqual(
      read({ key: null, value: null, headers: null, partition: null, timestamp: null }),
      empty,
    );
  });

  test('has bytes from base64, with and without the padding', () => {
    assert.deepEqual(read({ value: { $base64: '/wA=' } }).value, Buffer.from([255, 0]));
    assert.deepEqual(read({ value: { $base64: '/wA' } }).value, Buffer.from([255, 0]));
    assert.deepEqual(read({ value: { $base64: '' } }).value, Buffer.alloc(0));
  });

  test('has headers from an object, or from pairs whose names may repeat', () => {
    assert.deepEqual(read({ headers: { a: '1', b: null } }).headers, [
      ['a', Buffer.from('1')],
      ['b', null],
    ]);
    assert.deepEqual(
      read({
        headers: [
          ['a', '1'],
          ['a', { x: 1 }],
        ],
      }).headers,
      [
        ['a', Buffer.from('1')],
        ['a', Buffer.from('{"x":1}')],
      ],
    );
  });

  test('has headers that are named like what every object has', () => {
    const { headers } = readJsonRecord('{"headers": {"__proto__": "1", "constructor": "2"}}', 'x');
    assert.deepEqual(
      headers.map(([name]) => name),
      ['__proto__', 'constructor'],
    );
  });

  test('has its time in ms, or as ISO 8601', () => {
    assert.equal(read({ timestamp: 5 }).timestampMs, 5);
    assert.equal(read({ timestamp: '1970-01-01T00:00:01Z' }).timestampMs, 1000);
  });
});

describe('what is wrong in a line is said with its place', () => {
  for (const [line, text] of [
    ['{"key": ', /^seed.jsonl:3: This is not JSON/],
    ['[1]', /A record is an object/],
    ['{"vaule": 1}', /no "vaule" in a record; did you mean "value"\?/],
    ['{"partition": -1}', /"partition" is a whole number from 0/],
    ['{"partition": 1.5}', /"partition"/],
    ['{"timestamp": "soon"}', /"timestamp" is a number of ms/],
    ['{"topic": ""}', /"topic" is a name of up to 249 .*, not ""\.$/],
    ['{"topic": "b d"}', /"topic" is a name of up to 249 .*, not "b d"\.$/],
    ['{"headers": [["a"]]}', /"headers" is/],
    ['{"headers": "a"}', /"headers" is/],
    ['{"value": {"$base64": "a"}}', /"\$base64" of "value" is not base64/],
  ] as const) {
    test(line, () => {
      assert.throws(() => readJsonRecord(line, 'seed.jsonl:3'), {
        code: 'MR603',
        exit: 78,
        message: text,
      });
    });
  }
});
