import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exposition } from '../../src/observe/exposition.ts';
import { parseExposition } from './parse-exposition.ts';

test('a family is its help, its type and its samples', () => {
  const text = exposition([
    {
      name: 'a_total',
      type: 'counter',
      help: 'All of them.',
      samples: [
        { labels: { topic: 't', partition: 3 }, value: 2n ** 60n },
        { labels: {}, value: 0.25 },
      ],
    },
  ]);
  assert.equal(
    text,
    '# HELP a_total All of them.\n# TYPE a_total counter\n' +
      'a_total{topic="t",partition="3"} 1152921504606846976\na_total 0.25\n',
  );
});

test('a family without samples is left out', () => {
  assert.equal(exposition([{ name: 'a', type: 'gauge', help: 'A.', samples: [] }]), '');
});

test('backslashes, quotes and line ends are escaped', () => {
  const text = exposition([
    {
      name: 'a',
      type: 'gauge',
      help: 'one\\two\nthree',
      samples: [{ labels: { x: 'a\\b"c\nd' }, value: 1 }],
    },
  ]);
  assert.equal(text, '# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{x="a\\\\b\\"c\\nd"} 1\n');
});

test('numbers that are none have the names of the format', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e-7];
  const samples = values.map((value, i) => ({ labels: { i }, value }));
  const series = parseExposition(
    exposition([{ name: 'a', type: 'gauge', help: 'A.', samples }]),
  ).get('a')?.series;
  assert.deepEqual(
    series?.map(({ value }) => value),
    values,
  );
});

test('any label value and any number come back as they were', () => {
  const label = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(label, fc.double(), (topic, value) => {
      const text = exposition([
        { name: 'a', type: 'gauge', help: 'A.', samples: [{ labels: { topic }, value }] },
      ]);
      const [series] = parseExposition(text).get('a')?.series ?? [];
      assert.equal(series?.labels['topic'], topic);
      // The format knows no negative zero.
      assert.equal(series?.value, value + 0);
    }),
  );
});
