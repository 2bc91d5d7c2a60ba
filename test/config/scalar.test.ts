import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { coreValue, numberTrouble } from '../../src/config/scalar.ts';

test('plain text has the type that the core schema of YAML gives it', () => {
  const words = [
    '',
    '~',
    'null',
    'NULL',
    'true',
    'False',
    'no',
    'on',
    '12',
    '-3',
    '+7',
    '0o17',
    '0x1F',
    '1.5',
    '.5',
    '5.',
    '1e3',
    '1E-2',
    '.inf',
    '-.INF',
    '.nan',
    '010',
    'auto',
    '1_000',
    '0b1',
    '12:30',
    '2024-01-01',
    '<<',
  ];
  for (const word of words)
    assert.deepEqual(coreValue(word), parse(`- ${word}`, { schema: 'core' })[0], word);
});

test('plain text has the type that the YAML package gives it, whatever it is', () => {
  const letters = fc.constantFrom(...'0123456789+-.eExXoOaAfFnNulinI');
  fc.assert(
    fc.property(fc.string({ unit: letters, minLength: 1, maxLength: 8 }), (text) => {
      fc.pre(!/^[-.]$|^-{3}|^\.{3}/.test(text));
      assert.deepEqual(coreValue(text), parse(`- ${text}`, { schema: 'core' })[0]);
    }),
    { numRuns: 500 },
  );
});

test('numbers that others read in another way, or that lose digits, are told apart', () => {
  const cases: Record<string, string | null> = {
    '10': null,
    '-1.5': null,
    '0': null,
    '0.5': null,
    text: null,
    '9007199254740991': null,
    '9007199254740992': 'outOfRange',
    '1e400': 'outOfRange',
    '.inf': 'outOfRange',
    '.nan': 'outOfRange',
    '010': 'ambiguousNumber',
    '-08': 'ambiguousNumber',
    '0x1F': 'ambiguousNumber',
    '0o17': 'ambiguousNumber',
  };
  for (const [text, problem] of Object.entries(cases)) {
    assert.equal(numberTrouble(text)?.problem ?? null, problem, text);
  }
});

test('a leading zero is explained with both readings, if there are two', () => {
  assert.match(numberTrouble('010')?.write ?? '', /^write 10, 8 if octal was meant/);
  assert.match(numberTrouble('089')?.write ?? '', /^write 89, or quote it/);
});
