// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Issues } from '../../src/config/issue.ts';
import { parse } from '../../src/config/parse.ts';
import { renderIssues } from '../../src/config/render.ts';
import { makeSource } from '../../src/config/source.ts';
import { nodeAt } from '../../src/config/tree.ts';
import { fileWith, folderOf, folderWith } from './fixture.ts';

const read = (text: string): { tree: ReturnType<typeof parse>; codes: string[] } => {
  const issues = new Issues();
  const tree = parse(makeSource('f.yaml', '/', text, true), issues);
  return { tree, codes: issues.list().map(({ code }) => code) };
};

test('a scalar keeps its text beside its value, and how it was written', () => {
  const { tree } = read('a: 010\nb: "010"\nc:\nd: !!str 010\ne: |\n  010\nf: !!int "7"\n');
  assert.ok(tree);
  const facts = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => {
    const node = nodeAt(tree, [key]);
    return node?.kind === 'scalar' ? [node.text, node.value, node.written] : null;
  });
  assert.deepEqual(facts, [
    ['010', 10, 'plain'],
    ['010', '010', 'quoted'],
    ['', null, 'empty'],
    ['010', '010', 'quoted'],
    ['010\n', '010\n', 'quoted'],
    ['7', 7, 'plain'],
  ]);
});

test('an alias stands for the value at its anchor', () => {
  const { tree, codes } = read('a: &x { b: 1 }\nc: *x\n');
  assert.deepEqual(codes, []);
  assert.ok(tree);
  assert.equal(nodeAt(tree, ['c']), nodeAt(tree, ['a']));
});

test('32 maps inside each other are read, 33 are not', () => {
  const nested = (depth: number): string => '{a: '.repeat(depth) + '}'.repeat(depth);
  assert.deepEqual(read(nested(32)).codes, []);
  assert.deepEqual(read(nested(33)).codes, ['MR105']);
});

test('after an error of syntax at most ten are reported', () => {
  const { codes } = read('a: @\n'.repeat(50));
  assert.equal(codes.length, 10);
});

test('reading any text ends without throwing, and shows no secret that has a telling key', (t) => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '|',
    '>',
    '&x',
    '*x',
    '!t',
    '%',
    '#',
    '---',
    '\t',
    '${A}',
    '? ',
    '<<',
    '\r',
    '\u0000',
    'é',
    'pipelines',
    'kafka: ',
    'source',
    '@',
    '`',
  );
  const secret = fc.constantFrom(
    'password: SECRET',
    'password: "SECRET"',
    'password: |\n    SECRET\n',
    "passphrase: 'SECRET",
    'token: !SECRET',
    'secret: *SECRET',
  );
  const folder = folderWith(t, {});
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: secret }), {
        maxLength: 40,
      }),
      (pieces) => {
        const text = pieces.join('');
        const issues = new Issues();
        parse(makeSource('f.yaml', folder.path, text, true), issues);
        assert.doesNotMatch(renderIssues(issues.list(), { color: false }), /SECRET/);
      },
    ),
    {
      numRuns: 1_000,
      examples: [[['    ', 'password: SECRET', 'password: |\n    SECRET\n']]],
    },
  );
});

test('reading any change of a valid file ends without throwing, with a configuration or with errors, and shows no secret', (t) => {
  const before = fileWith(
    'retry: { maxAttempts: 3, backoff: { initial: 1s } }',
    'sink: { topic: out }',
  );
  const secret = 'kafka:\n  sasl:\n    mechanism: scram-sha-512\n    password: SECRET\n';
  const after = '    username: u\nworkers: { threads: 2 }\n';
  const insert = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom(
      'null',
      '{}',
      '[]',
      '-1',
      '${X}',
      '1e999',
      '__proto__: 1\n',
      '\n    ',
      'constructor',
      '"',
      '{ ',
      '&a ',
      '- ',
    ),
  );
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(8),
    insert,
  });
  const changed = (
    text: string,
    { at, remove, insert }: { at: number; remove: number; insert: string },
  ): string => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + insert + text.slice(start + remove);
  };
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 2 }),
      fc.array(change, { maxLength: 2 }),
      (first, second) => {
        const yaml = first.reduce(changed, before) + secret + second.reduce(changed, after);
        const { config, issues } = folderOf(t, yaml).read();
        assert.equal(
          config === null,
          issues.some(({ severity }) => severity === 'error'),
        );
        assert.doesNotMatch(renderIssues(issues, { color: false }), /SECRET/);
        assert.doesNotMatch(JSON.stringify(issues), /SECRET/);
      },
    ),
    { numRuns: 500 },
  );
});
