// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Issues } from '../../src/config/issue.ts';
import { makeSource, startOf } from '../../src/config/source.ts';
import { substitute } from '../../src/config/substitute.ts';
import { makeScalar, type ScalarNode } from '../../src/config/tree.ts';
import { brief, fileWith, folderOf, folderWith, problemsIn } from './fixture.ts';

const spot = startOf(makeSource('x', '/', '', false));

/** One plain scalar after substitution, and the codes of what is wrong with it. */
function replaced(
  text: string,
  env: Record<string, string> = {},
): { node: ScalarNode; codes: string[] } {
  const issues = new Issues();
  const node = substitute(makeScalar(spot, text, text, 'plain'), (name) => env[name], issues);
  assert.equal(node.kind, 'scalar');
  assert.ok(node.kind === 'scalar');
  return { node, codes: issues.list().map(({ code }) => code) };
}

test('a variable is put in, anywhere in a value and more than once', () => {
  const env = { A: 'x', B: 'y' };
  assert.equal(replaced('${A}', env).node.text, 'x');
  assert.equal(replaced('<${A}-${B}-${A}>', env).node.text, '<x-y-x>');
});

test('a default is used when the variable is not set or empty, and may be empty itself', () => {
  assert.equal(replaced('${A:-b c:d}').node.text, 'b c:d');
  assert.equal(replaced('${A:-b}', { A: '' }).node.text, 'b');
  assert.equal(replaced('${A:-b}', { A: 'a' }).node.text, 'a');
  assert.equal(replaced('${A:-}').node.text, '');
});

test('a variable that is set and empty is empty, unless a message asks for more', () => {
  assert.equal(replaced('${A}', { A: '' }).node.text, '');
  assert.deepEqual(replaced('${A:?set it}', { A: '' }).codes, ['MR120']);
});

test('two dollar signs are one, and a dollar sign without a brace is itself', () => {
  assert.equal(replaced('$${A} costs $5, a$b, $$').node.text, '${A} costs $5, a$b, $');
});

test('what a variable holds is not looked at again', () => {
  const env = { A: '${B} $$ ${file:/etc/hostname}', B: 'no' };
  assert.equal(replaced('${A}', env).node.text, env.A);
});

test('what is neither a variable nor a file is malformed', () => {
  const forms = [
    '${',
    '${A',
    '${}',
    '${1A}',
    '${A-b}',
    '${A:+b}',
    '${A:-${B}}',
    '${A:-{b}}',
    '${${A}}',
    '${A B}',
    '${file:}',
  ];
  for (const form of forms) assert.deepEqual(replaced(form, { A: 'a' }).codes, ['MR121'], form);
});

test('what was put in is typed again, but for numbers that would lose something', () => {
  const typed = (value: string): unknown => replaced('${V}', { V: value }).node.value;
  assert.deepEqual(['8', '-1.5', 'true', 'null', 'text', ''].map(typed), [
    8,
    -1.5,
    true,
    null,
    'text',
    '',
  ]);
  assert.deepEqual(['007', '0x1F', '9007199254740993', '.inf'].map(typed), [
    '007',
    '0x1F',
    '9007199254740993',
    '.inf',
  ]);
  assert.equal(replaced('${V}0', { V: '8' }).node.value, 80);
});

test('an own property is needed: names of every object are not set', (t) => {
  assert.deepEqual(problemsIn(t, fileWith('timeout: ${constructor}')), [
    'MR120 millrace.yaml:5:14 variable constructor is not set | set it, or write ${constructor:-default}',
  ]);
});

test('a quoted value is typed again too, so 8 from a variable is a number', (t) => {
  const { config, issues } = folderOf(
    t,
    fileWith('concurrency: "${N}"', 'options: { n: "${N}" }'),
  ).read({ env: { N: '8' } });
  assert.deepEqual(brief(issues), []);
  assert.equal(config?.pipelines[0]?.concurrency, 8);
  assert.deepEqual({ ...Object(config?.pipelines[0]?.options) }, { n: 8 });
});

test('text keeps its spelling where text is asked for, whatever it looks like', (t) => {
  const yaml = fileWith().replace('orders-group', '"${G}"');
  for (const group of ['010', '1e3', 'true', 'null']) {
    assert.equal(
      folderOf(t, yaml).read({ env: { G: group } }).config?.pipelines[0]?.source.groupId,
      group,
    );
  }
});

test('a file is put in without its last line break, from the folder of the file that states it', (t) => {
  const files = {
    'conf/millrace.yaml': fileWith(
      'options: { a: "${file:../secrets/a}", b: "${file:b}" }',
    ).replace('./h.ts', './g.ts'),
    'conf/g.ts': '',
    'secrets/a': 'one\ntwo\n',
    'conf/b': 'three\r\n',
  };
  const { config, issues } = folderWith(t, files).read({ files: ['conf/millrace.yaml'] });
  assert.deepEqual(brief(issues), []);
  assert.deepEqual({ ...Object(config?.pipelines[0]?.options) }, { a: 'one\ntwo', b: 'three' });
});

test('variables in keys and comments are not looked at', (t) => {
  assert.deepEqual(problemsIn(t, fileWith('# ${NOT_SET}', 'options: { "${NOT_SET}": 1 }')), []);
});

test('a value that is laid over need not have its variable', (t) => {
  const yaml = fileWith('timeout: ${NOT_SET}');
  assert.deepEqual(problemsIn(t, yaml, { sets: ['pipelines.orders.timeout=5s'] }), []);
});

test('substitution never throws, and a value without a dollar sign is not touched', () => {
  const pieces = fc.constantFrom(
    '$',
    '{',
    '}',
    '${',
    '$$',
    ':-',
    ':?',
    'A',
    'file:',
    '/',
    ' ',
    '\n',
    'é',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      const { node, codes } = replaced(text, { A: 'a' });
      if (!text.includes('$')) assert.equal(node.text, text);
      assert.equal(node.failed, codes.length > 0);
    }),
  );
});
