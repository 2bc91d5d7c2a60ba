import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainFields, plainText } from '../../src/observe/log-fields.ts';

const asIs = (text: string): string => text;
const mask = (text: string): string => text.replaceAll('hunter2', '***');
const plain = (fields: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(plainFields(fields, mask)));

test('offsets are text, and so are numbers that JSON has no form for', () => {
  const fields = { offset: 2n ** 62n, rate: Number.NaN, bound: Number.POSITIVE_INFINITY, count: 3 };
  assert.deepEqual(plain(fields), {
    offset: '4611686018427387904',
    rate: 'NaN',
    bound: 'Infinity',
    count: 3,
  });
});

test('an error shows its parts, its own fields and its cause', () => {
  const cause = new TypeError('no price');
  const error = Object.assign(new Error('failed', { cause }), { code: 'E1', offset: 7n });
  const { error: shown } = plain({ error }) as { error: Record<string, unknown> };
  assert.match(String(shown['stack']), /^Error: failed\n {4}at /);
  assert.deepEqual(
    { ...shown, stack: '', cause: { ...(shown['cause'] as object), stack: '' } },
    {
      name: 'Error',
      message: 'failed',
      stack: '',
      code: 'E1',
      offset: '7',
      cause: { name: 'TypeError', message: 'no price', stack: '' },
    },
  );
});

test('bytes show only their number', () => {
  assert.deepEqual(plain({ value: Buffer.from('payload') }), { value: '[7 bytes]' });
});

test('maps, sets and dates look like what they hold', () => {
  const fields = { map: new Map([['a', 1]]), set: new Set([2n]), at: new Date(0) };
  assert.deepEqual(plain(fields), { map: { a: 1 }, set: ['2'], at: '1970-01-01T00:00:00.000Z' });
});

test('a circle, a deep object and a long list end', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  assert.deepEqual(plain({ circle }), { circle: { self: '[circular]' } });
  assert.deepEqual(plain(circle), { self: '[circular]' });
  const deep = { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } };
  assert.match(JSON.stringify(plain(deep)), /\[deeper\]/);
  const { list } = plain({ list: new Array(1000).fill(0) }) as { list: unknown[] };
  assert.equal(list.length, 101);
  assert.equal(list.at(-1), '900 more');
});

test('one object in two places is no circle', () => {
  const place = { topic: 'orders' };
  assert.deepEqual(plain({ a: place, b: place }), { a: place, b: place });
});

test('a field that throws costs only itself', () => {
  const fields = {
    kept: 1,
    get bad(): never {
      throw new Error('getter');
    },
    proxy: new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('proxy');
        },
      },
    ),
  };
  assert.deepEqual(plain(fields), { kept: 1, bad: '[unreadable]', proxy: '[unreadable]' });
});

test('a field named as what every line has keeps its value under another name', () => {
  assert.deepEqual(plain({ level: 'x', time: 1, msg: 'y' }), { level_: 'x', time_: 1, msg_: 'y' });
});

test('secrets are masked in texts, names, numbers and nested fields', () => {
  const fields = { hunter2: ['hunter2', { deep: new Map([['hunter2', 'x hunter2 y']]) }] };
  assert.deepEqual(plain(fields), { '***': ['***', { deep: { '***': 'x *** y' } }] });
  const digits = (text: string): string => text.replaceAll('123456', '***');
  assert.deepEqual(plainFields({ pin: 123456n, id: 9123456 }, digits), {
    pin: '***',
    id: '9***',
    // The copy has no prototype either.
    __proto__: null,
  });
});

test('a secret split by a control character is masked all the same', () => {
  assert.equal(plainText('hun\u0007ter2', mask), '***');
});

test('a field named __proto__ changes nothing', () => {
  const copy = plainFields(JSON.parse('{"__proto__":{"polluted":1}}'), asIs);
  assert.equal(Object.getPrototypeOf(copy), null);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test('escape sequences and control characters are gone from a text, line ends stay', () => {
  assert.equal(
    plainText('a\u001b[31mred\u001b[0m\u0000\r\n\tb\u009b\u202ec\u2028', asIs),
    'ared\n\tbc',
  );
});

test('a text is at most 8 KiB long', () => {
  const text = plainText('x'.repeat(100_000), asIs);
  assert.equal(text.length, 8192);
  assert.ok(text.endsWith('…'));
});

test('anything can be logged as a field', () => {
  const anything = fc.anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withDate: true,
    withTypedArray: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), anything), (fields) => {
      const line = JSON.stringify(plainFields(fields, mask));
      assert.equal(typeof JSON.parse(line), 'object');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
