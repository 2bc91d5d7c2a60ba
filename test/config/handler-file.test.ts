import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brief, fileWith, folderOf, folderWith } from './fixture.ts';

test('a handler may be any kind of module, with or without the name of an export', (t) => {
  const cases = {
    './a.js': ['a.js', null],
    './a.mjs': ['a.mjs', null],
    './a.cjs#handle': ['a.cjs', 'handle'],
    './deep/b.ts#$x_1': ['deep/b.ts', '$x_1'],
    './deep/../a.mts#default': ['a.mts', null],
    './..odd/c.ts': ['..odd/c.ts', null],
  } as const;
  for (const [path, [file, exportName]] of Object.entries(cases)) {
    const folder = folderWith(t, {
      'millrace.yaml': fileWith().replace('./h.ts', `"${path}"`),
      [file]: '',
      'deep/x': '',
    });
    const { config, issues } = folder.read();
    assert.deepEqual(brief(issues), []);
    assert.deepEqual(config?.pipelines[0]?.handler, { file: join(folder.path, file), exportName });
  }
});

test('a link to a file inside the folder is followed', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': fileWith().replace('./h.ts', './current/x.ts'),
    'v1/x.ts': '',
  });
  symlinkSync('v1', join(folder.path, 'current'));
  assert.equal(folder.read().config?.pipelines[0]?.handler.file, join(folder.path, 'v1/x.ts'));
});

test('files that are mounted as links, as in a ConfigMap, find their handlers', (t) => {
  const folder = folderWith(t, { '..2024/millrace.yaml': fileWith(), '..2024/h.ts': '' });
  mkdirSync(join(folder.path, 'mount'));
  symlinkSync('../..2024', join(folder.path, 'mount/..data'));
  symlinkSync('..2024', join(folder.path, '..data'));
  symlinkSync('..data/millrace.yaml', join(folder.path, 'millrace.yaml'));
  assert.deepEqual(brief(folder.read().issues), []);
});

test('a folder that is named through a link is its own limit', (t) => {
  const folder = folderWith(t, { 'real/millrace.yaml': fileWith(), 'real/h.ts': '' });
  symlinkSync('real', join(folder.path, 'link'));
  const { config, issues } = folder.read({ files: ['link/millrace.yaml'] });
  assert.deepEqual(brief(issues), []);
  assert.equal(config?.pipelines[0]?.handler.file, join(folder.path, 'real/h.ts'));
});

test('what is written instead of a path is answered with what to write', (t) => {
  const cases = {
    'handlers/orders.ts':
      '"handlers/orders.ts" does not begin with ./ | write ./handlers/orders.ts',
    lodash: '"lodash" does not begin with ./ | packages are not handlers; write ./file.ts',
    'file:///a.js': '"file:///a.js" is a URL, not a path | write ./file.ts',
    '/a.js': '"/a.js" is an absolute path | write it from the folder of this file: ./file.ts',
    './handlers/': '"./handlers/" is a folder | write the module: ./handlers/index.ts',
    './orders': '"./orders" does not end in .js, .mjs, .cjs, .ts, .mts',
    './h.ts#a b':
      '"./h.ts#a b" has no valid export name after # | write ./h.ts#name, or ./h.ts for the default export',
  };
  for (const [path, answer] of Object.entries(cases)) {
    const { issues } = folderOf(t, fileWith().replace('./h.ts', `"${path}"`)).read();
    assert.deepEqual(brief(issues), [
      `MR170 millrace.yaml:4:14 pipelines.orders.handler: ${answer}`,
    ]);
  }
});

test('a missing handler is answered with its neighbour, or with the folder that is missing', (t) => {
  const read = (path: string): string[] =>
    brief(folderOf(t, fileWith().replace('./h.ts', path)).read().issues);
  assert.deepEqual(read('./unlike.js'), [
    'MR171 millrace.yaml:4:14 handler ./unlike.js does not exist',
  ]);
  assert.deepEqual(read('./ht.ts'), [
    'MR171 millrace.yaml:4:14 handler ./ht.ts does not exist | did you mean ./h.ts?',
  ]);
  assert.deepEqual(read('./no/h.ts'), [
    'MR171 millrace.yaml:4:14 handler ./no/h.ts does not exist | folder ./no does not exist either',
  ]);
});

test('the handler of a pipeline that is not enabled need not be there', (t) => {
  const yaml = `${fileWith()}  off:\n    enabled: false\n    source: { topics: [a], groupId: b }\n    handler: ./gone.ts\n`;
  assert.deepEqual(brief(folderOf(t, yaml).read().issues), []);
});
