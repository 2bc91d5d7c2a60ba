import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { excerptOf, printable } from '../../src/config/excerpt.ts';
import { makeSource, type Spot } from '../../src/config/source.ts';
import { Veil } from '../../src/config/veil.ts';

function spotOf(text: string, part: string): Spot {
  const start = text.indexOf(part);
  return { source: makeSource('f', '/', text, true), start, end: start + part.length };
}

test('the caret stands under the part that is wrong', () => {
  const excerpt = excerptOf(spotOf('a: 1\n  b: two\n', 'two'), new Veil());
  assert.deepEqual(excerpt, { text: '  b: two', caret: 5, width: 3 });
});

test('hidden parts are masked with one length, and the caret moves along', () => {
  const spot = spotOf('{ a: 12345678, b: two }', 'two');
  const veil = new Veil();
  veil.hide({ ...spot, start: 5, end: 13 });
  assert.deepEqual(excerptOf(spot, veil), { text: '{ a: ***, b: two }', caret: 13, width: 3 });
  veil.hide(spot);
  assert.deepEqual(excerptOf(spot, veil), { text: '{ a: ***, b: *** }', caret: 13, width: 3 });
});

test('a part that is hidden over several lines is masked in each', () => {
  const text = 'k: |\n  one\n  two\nend: 1\n';
  const veil = new Veil();
  const source = makeSource('f', '/', text, true);
  veil.hide({ source, start: 3, end: text.indexOf('end') });
  const shown = ['k', 'one', 'two', 'end'].map((part) => {
    const start = text.indexOf(part);
    return excerptOf({ source, start, end: start + 1 }, veil)?.text;
  });
  assert.deepEqual(shown, ['k: ***', '***', '***', 'end: 1']);
});

test('what follows a key that sounds secret is masked, in the lines below too', () => {
  const texts = {
    'password: SECRET': 'password: ***',
    'a: { passwd: SECRET, b: 1 }': 'a: { passwd: ***',
    '"apiKey": SECRET': '"apiKey": ***',
    'db_password : SECRET': 'db_password : ***',
    'pasword: |\n  SECRET': '***',
    'token: "a\nSECRET"': '***',
    'secret: !!str |-\nSECRET': '***',
    '    token: &a # x\n  SECRET': '***',
    'client-secret:\n\nSECRET': '***',
    'passphrase: >-\n   x\n\n   SECRET': '***',
  };
  for (const [text, expected] of Object.entries(texts)) {
    const last = text.split('\n').at(-1) ?? '';
    assert.equal(excerptOf(spotOf(text, last), new Veil())?.text, expected, text);
  }
});

test('the lines after a secret are shown again', () => {
  const text = 'password: "a\n  b"\nother: 1\npassword:\nnext: 2\n';
  assert.equal(excerptOf(spotOf(text, 'other'), new Veil())?.text, 'other: 1');
  assert.equal(excerptOf(spotOf(text, 'next'), new Veil())?.text, 'next: 2');
});

test('control characters, escape sequences and direction marks are made visible', () => {
  assert.equal(
    printable('a\u001b[31mb\u0007\u202ec\u2028d\te\r'),
    'a\ufffd[31mb\ufffd\ufffdc\ufffdd e\ufffd',
  );
});

test('a long line is cut around the place', () => {
  const text = `${'x'.repeat(100_000)}HERE${'y'.repeat(100_000)}`;
  const excerpt = excerptOf(spotOf(text, 'HERE'), new Veil());
  assert.ok(excerpt);
  assert.ok(excerpt.text.length <= 130);
  assert.equal(excerpt.text.slice(excerpt.caret, excerpt.caret + excerpt.width), 'HERE');
});

test('there is no excerpt for an option or a blank line', () => {
  assert.equal(
    excerptOf({ source: makeSource('--set a', '/', 'x', false), start: 0, end: 1 }, new Veil()),
    null,
  );
  assert.equal(
    excerptOf({ source: makeSource('f', '/', '\n\n', true), start: 1, end: 1 }, new Veil()),
    null,
  );
});

test('wherever the place is and whatever is hidden, no hidden character is shown', () => {
  const range = fc
    .tuple(fc.nat(60), fc.nat(60))
    .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t'), maxLength: 60 }),
      range,
      fc.array(range),
      (base, place, hidden) => {
        const chars = [...base.padEnd(60, 'a')];
        for (const { start, end } of hidden) {
          for (let i = start; i < end; i++) if (chars[i] !== '\n') chars[i] = 'S';
        }
        const source = makeSource('f', '/', chars.join(''), true);
        const veil = new Veil();
        for (const one of hidden) veil.hide({ source, ...one });
        const excerpt = excerptOf({ source, ...place }, veil);
        assert.ok(!(excerpt?.text ?? '').includes('S'));
      },
    ),
  );
});
