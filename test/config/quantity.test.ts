import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  durationMeant,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  sizeMeant,
} from '../../src/config/quantity.ts';

test('a duration is a whole number and its unit', () => {
  const cases = {
    '250ms': 250,
    '5s': 5_000,
    '10m': 600_000,
    '2h': 7_200_000,
    '1d': 86_400_000,
    '0ms': 0,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
});

test('a size is a whole number and its unit', () => {
  const cases = { '512B': 512, '64KiB': 65_536, '1MiB': 1_048_576, '1GiB': 1_073_741_824 };
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseSize(text), bytes, text);
});

test('spaces, signs, fractions, other units and other cases are no durations and sizes', () => {
  for (const text of [
    '',
    '5',
    's',
    '5 s',
    ' 5s',
    '5s ',
    '-5s',
    '+5s',
    '1.5s',
    '5S',
    '5sec',
    '5w',
    '٥s',
    '5s5s',
    '1e3s',
  ]) {
    assert.equal(parseDuration(text), null, text);
  }
  for (const text of [
    '',
    '5',
    '5 MiB',
    '5MB',
    '5mib',
    '-5MiB',
    '1.5MiB',
    '5TiB',
    '5b',
    '5constructor',
  ]) {
    assert.equal(parseSize(text), null, text);
  }
});

test('what was meant is written in a unit in which it is whole', () => {
  const durations = {
    '10 s': '10s',
    '1.5s': '1500ms',
    '5 minutes': '5m',
    '2Hrs': '2h',
    '0.5h': '30m',
    '300 MS': '300ms',
    '1 day': '1d',
  };
  for (const [text, meant] of Object.entries(durations))
    assert.equal(durationMeant(text), meant, text);
  const sizes = {
    '64 MB': '64MiB',
    '1.5GiB': '1536MiB',
    '512k': '512KiB',
    '10 bytes': '10B',
    '1gb': '1GiB',
  };
  for (const [text, meant] of Object.entries(sizes)) assert.equal(sizeMeant(text), meant, text);
});

test('nothing is guessed from what is no quantity', () => {
  for (const text of ['', 'soon', '5 fortnights', '1.0001ms', '5s 3ms'])
    assert.equal(durationMeant(text), null, text);
  for (const text of ['', 'big', '5 pages', '0.3B']) assert.equal(sizeMeant(text), null, text);
});

test('what is written for a number of milliseconds or bytes reads back as that number', () => {
  fc.assert(
    fc.property(fc.nat(2_147_483_647), (amount) => {
      assert.equal(parseDuration(formatDuration(amount)), amount);
      assert.equal(parseSize(formatSize(amount)), amount);
    }),
  );
});

test('what is guessed is always a quantity itself', () => {
  const word = fc.constantFrom('', 's', 'sec', 'MIN', 'hours', 'ms', 'd', 'kb', 'MiB', 'g', 'x');
  const text = fc
    .tuple(fc.oneof(fc.nat(), fc.double()), fc.constantFrom('', ' ', '\t'), word)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (input) => {
      const duration = durationMeant(input);
      const size = sizeMeant(input);
      if (duration !== null) assert.notEqual(parseDuration(duration), null);
      if (size !== null) assert.notEqual(parseSize(size), null);
    }),
  );
});
