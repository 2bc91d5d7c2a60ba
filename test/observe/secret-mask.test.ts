import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { maskOf } from '../../src/observe/secret-mask.ts';

test('a text without secrets is left as it is', () => {
  assert.equal(maskOf([])('nothing to hide'), 'nothing to hide');
  assert.equal(maskOf(['hunter2'])('nothing to hide'), 'nothing to hide');
});

test('a secret is masked wherever it stands', () => {
  const mask = maskOf(['hunter2']);
  assert.equal(
    mask('sasl://user:hunter2@broker, again: xhunter2x'),
    'sasl://user:***@broker, again: x***x',
  );
});

test('characters of a secret have no meaning in the search', () => {
  assert.equal(maskOf(['a.*+?^$()|[]{}\\b'])('a.*+?^$()|[]{}\\b axxb'), '*** axxb');
});

test('a secret is masked where JSON, Node or a URL have escaped it', () => {
  const secret = 'p"w\\ö/\n@1';
  const mask = maskOf([secret]);
  assert.equal(mask(JSON.stringify({ password: secret })), '{"password":"***"}');
  assert.equal(mask(inspect({ password: secret })), "{ password: '***' }");
  assert.equal(mask(`https://u:${encodeURIComponent(secret)}@host`), 'https://u:***@host');
});

test('the longer one of two secrets is masked as a whole', () => {
  assert.equal(maskOf(['pass', 'password1'])('password1 pass'), '*** ***');
});

test('a line of a secret with several lines is masked, its frame is not', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n}\n-----END KEY-----\n';
  const mask = maskOf([key]);
  assert.equal(mask(`bad line MIIEvQIBADANBgkq in }`), 'bad line *** in }');
  assert.equal(mask(key.trim()), '***');
});

test('a very short secret is masked as a word only', () => {
  const mask = maskOf(['ab']);
  assert.equal(mask('tab: ab, "ab", abc'), 'tab: ***, "***", abc');
});

test('no text with a secret in it comes out with it', () => {
  const secret = fc.string({ minLength: 4, unit: 'binary' }).filter((text) => text.trim() === text);
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
      const masked = maskOf([hidden])(`${before}\u0000${hidden}\u0000${after}`);
      assert.ok(!masked.includes(`\u0000${hidden}\u0000`));
    }),
  );
});
