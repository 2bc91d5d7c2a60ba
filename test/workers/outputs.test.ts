import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message, type OutgoingMessage } from '../../src/contract/handler.ts';
import { outputOf, returned } from '../../workers/outputs.ts';
import { type BodySpec, bodyOf } from '../support/record-bodies.ts';

const KEY = Buffer.from('source-key');
const json = { topic: 'priced', serialize: 'json' } as const;
const string = { topic: 'priced', serialize: 'string' } as const;
const bytes = { topic: 'priced', serialize: 'bytes' } as const;

/** The bodies that a returned value makes, to be compared with what they should be. */
const bodies = (result: unknown, sink: Parameters<typeof returned>[1] = json): Uint8Array[] =>
  returned(result, sink, KEY).map(({ body }) => Buffer.from(body));

const like = (...specs: BodySpec[]): Uint8Array[] =>
  specs.map((spec) => bodyOf({ key: KEY, ...spec }));

test('undefined produces nothing', () => {
  assert.deepEqual(bodies(undefined), []);
});

test('a returned value goes to the sink under the key of its source', () => {
  const [output, ...others] = returned({ price: 1 }, json, KEY);
  assert.equal(output?.topic, 'priced');
  assert.equal(output?.partition, -1);
  assert.deepEqual(Buffer.from(output?.body ?? []), like({ value: '{"price":1}' })[0]);
  assert.equal(others.length, 0);
});

test('the key of a source without a key is null', () => {
  const [output] = returned('x', string, null);
  assert.deepEqual(Buffer.from(output?.body ?? []), bodyOf({ key: null, value: 'x' }));
});

test('an array is one record per element, and an empty array none', () => {
  assert.deepEqual(bodies([1, 'two', null]), like({ value: '1' }, { value: '"two"' }, {}));
  assert.deepEqual(bodies([]), []);
});

test('null is a tombstone under every serializer', () => {
  for (const sink of [json, string, bytes]) assert.deepEqual(bodies(null, sink), like({}));
});

test('bytes and text go as they are when that is what the sink takes', () => {
  assert.deepEqual(bodies(Buffer.from([0, 255]), bytes), like({ value: Buffer.from([0, 255]) }));
  assert.deepEqual(bodies('Grüße', string), like({ value: 'Grüße' }));
  assert.deepEqual(bodies('text', json), like({ value: '"text"' }));
});

test('a message sets key, headers, partition and timestamp of its record', () => {
  const [output] = returned(
    message({
      key: { id: 1 },
      value: 'v',
      headers: { a: '1', b: null },
      partition: 3,
      timestamp: 5,
    }),
    string,
    KEY,
  );
  assert.equal(output?.partition, 3);
  assert.equal(output?.timestamp, 5);
  assert.deepEqual(
    Buffer.from(output?.body ?? []),
    bodyOf({
      key: '{"id":1}',
      value: 'v',
      headers: [
        ['a', '1'],
        ['b', null],
      ],
    }),
  );
});

test('a message without a key keeps that of its source; with a null key it has none', () => {
  assert.deepEqual(bodies(message({ value: 1 })), like({ value: '1' }));
  assert.deepEqual(bodies(message({ key: null, value: 1 })), like({ key: null, value: '1' }));
});

test('an object that only looks like a message is a value', () => {
  assert.deepEqual(bodies({ key: 'k', value: 1 }), like({ value: '{"key":"k","value":1}' }));
});

test('the time of an output is now unless it says otherwise', () => {
  const beforeMs = Date.now();
  const [output] = returned(1, json, null);
  assert.ok((output?.timestamp ?? 0) >= beforeMs && (output?.timestamp ?? 0) <= Date.now());
});

test('a value that the sink does not take is refused with what to return instead', () => {
  const refused: [unknown, Parameters<typeof returned>[1], RegExp][] = [
    [{}, bytes, /returned an object; with sink\.serialize: bytes it has to be a Buffer or null/],
    ['x', bytes, /returned a string; with sink\.serialize: bytes/],
    [[[]], string, /returned an array; with sink\.serialize: string it has to be a string or null/],
    [new Map(), json, /is a Map, which JSON writes as \{\}: use Object\.fromEntries/],
    [new Set(), json, /is a Set, which JSON writes as \{\}: use \[\.\.\.set\]/],
    [[Promise.resolve(1)], json, /is a promise, which JSON writes as \{\}: await it/],
    [1, string, /returned a number/],
    [Buffer.alloc(1), string, /returned an object/],
  ];
  for (const [value, sink, text] of refused) {
    assert.throws(() => bodies(value, sink), { name: 'TypeError', message: text });
  }
});

test('what JSON cannot write is refused: functions, symbols, holes, bigint, circles, depth', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  assert.throws(() => bodies(() => {}), /The value is a function, which JSON cannot write/);
  assert.throws(() => bodies(Symbol('s')), /The value is a symbol, which JSON cannot write/);
  assert.throws(() => bodies([undefined]), /The value is undefined, which JSON cannot write/);
  assert.throws(() => bodies({ id: 1n }), /BigInt/);
  assert.throws(() => bodies(circle), /circular/);
  assert.throws(() => bodies([deep]), RangeError);
});

test('ctx.produce takes text, bytes, null and JSON for key and value', () => {
  const body = (content: OutgoingMessage) => Buffer.from(outputOf('audit', content).body);
  assert.deepEqual(body({ key: 'k', value: 'v' }), bodyOf({ key: 'k', value: 'v' }));
  assert.deepEqual(
    body({ value: Buffer.from([1]) }),
    bodyOf({ key: null, value: Uint8Array.of(1) }),
  );
  assert.deepEqual(body({ key: null, value: null }), bodyOf({}));
  assert.deepEqual(body({ key: 7, value: { a: [1] } }), bodyOf({ key: '7', value: '{"a":[1]}' }));
});

test('ctx.produce refuses what no broker takes, and says what it was', () => {
  const refused: [string, unknown, RegExp][] = [
    ['', { value: 1 }, /topic is empty/],
    ['audit', { value: 1, partition: -2 }, /partition: -2/],
    ['audit', { value: 1, partition: 1.5 }, /partition: 1\.5/],
    ['audit', { value: 1, timestamp: Number.NaN }, /timestamp: NaN/],
    ['audit', { value: 1, timestamp: 1e300 }, /timestamp: 1e\+300/],
    ['audit', { value: 1, headers: { a: 1 } }, /Header "a" is number/],
    ['audit', { value: () => {} }, /The value is a function/],
    ['audit', { key: Symbol('k'), value: 1 }, /The key is a symbol/],
  ];
  for (const [topic, content, text] of refused) {
    assert.throws(() => outputOf(topic, content as OutgoingMessage), text);
  }
});

test('an output is written when it is handed over: what changes later does not change it', () => {
  const value = Buffer.from('before');
  const output = outputOf('audit', { value });
  value.write('AFTER!');
  assert.deepEqual(Buffer.from(output.body), bodyOf({ value: 'before' }));
});
