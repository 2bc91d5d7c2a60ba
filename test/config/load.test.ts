// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brief, fileWith, folderOf, folderWith, pipeline } from './fixture.ts';

test('of several files the later wins: maps are merged, lists replaced', (t) => {
  const folder = folderWith(t, {
    'base.yaml': `${fileWith('retry: { maxAttempts: 3, notOn: [A, B] }')}kafka: { clientId: base, brokers: [a:1, b:2] }\n`,
    'prod.yaml': 'kafka: { brokers: [c:3] }\npipelines: { orders: { retry: { notOn: [C] } } }\n',
  });
  const { config, issues } = folder.read({ files: ['base.yaml', 'prod.yaml'] });
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(config?.kafka.brokers, ['c:3']);
  assert.equal(config?.kafka.clientId, 'base');
  assert.equal(config?.pipelines[0]?.retry.maxAttempts, 3);
  assert.deepEqual(config?.pipelines[0]?.retry.notOn, ['C']);
});

test('a problem is placed in the file that its value comes from', (t) => {
  const folder = folderWith(t, {
    'base.yaml': fileWith('timeout: never', 'ordering: keys'),
    'prod.yaml': 'pipelines:\n  orders:\n    timeout: soon\n',
  });
  assert.deepEqual(
    brief(folder.read({ files: ['base.yaml', 'prod.yaml'] }).issues).map((text) =>
      text.slice(0, 22),
    ),
    ['MR134 base.yaml:6:15 p', 'MR135 prod.yaml:3:14 p'],
  );
});

test('a section with nothing in it says nothing, null takes it back', (t) => {
  const base = fileWith('sink: { topic: out }');
  const empty = 'pipelines:\n  orders:\n    sink:\n';
  const files = {
    'base.yaml': base,
    'empty.yaml': empty,
    'none.yaml': empty.replace('sink:', 'sink: null'),
  };
  const folder = folderWith(t, files);
  const sinkOf = (...names: string[]): unknown =>
    folder.read({ files: names }).config?.pipelines[0]?.sink?.topic;
  assert.equal(sinkOf('base.yaml', 'empty.yaml'), 'out');
  assert.equal(sinkOf('base.yaml', 'none.yaml'), undefined);
  assert.ok(folder.read({ files: ['base.yaml', 'none.yaml'] }).config);
});

test('a file that is named twice counts once', (t) => {
  const { config } = folderOf(t, fileWith()).read({ files: ['millrace.yaml', './millrace.yaml'] });
  assert.equal(config?.pipelines.length, 1);
});

test('defaults are laid under every pipeline, map by map, and its own keys win', (t) => {
  const yaml = [
    'defaults:',
    '  source: { sessionTimeout: 45s, fetch: { maxWait: 20ms } }',
    '  timeout: 5s',
    '  handler: ./h.ts',
    'pipelines:',
    '  a: { source: { topics: [a], groupId: a } }',
    '  b: { source: { topics: [b], groupId: b, fetch: { minBytes: 2 } }, timeout: 6s }',
    '',
  ].join('\n');
  const { config, issues } = folderOf(t, yaml).read();
  assert.deepEqual(brief(issues), []);
  const [a, b] = config?.pipelines ?? [];
  assert.deepEqual(
    [a?.source.sessionTimeoutMs, a?.source.fetch.maxWaitMs, a?.timeoutMs],
    [45_000, 20, 5_000],
  );
  assert.deepEqual(
    [b?.source.fetch.maxWaitMs, b?.source.fetch.minBytes, b?.timeoutMs],
    [20, 2, 6_000],
  );
});

test('what is missing under defaults is missing in the pipeline, not in the defaults', (t) => {
  const yaml = `defaults: { source: { sessionTimeout: 45s } }\npipelines:\n  a:\n    handler: ./h.ts\n`;
  assert.deepEqual(brief(folderOf(t, yaml).read().issues), [
    'MR131 millrace.yaml:3:3 pipelines.a.source.topics is missing | write topics: topic names, or one /regex/',
    'MR131 millrace.yaml:3:3 pipelines.a.source.groupId is missing | write groupId: text',
  ]);
});

test('an include adds the pipelines of the files that its patterns name', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': 'include: ["pipelines/*.yaml", ./extra/one.yaml, "teams/**/*.yml"]\n',
    'pipelines/a.yaml': fileWith().replaceAll('orders', 'a').replace('./h.ts', './g.ts'),
    'pipelines/b.yaml': fileWith().replaceAll('orders', 'b').replace('./h.ts', './g.ts'),
    'pipelines/.hidden.yaml': 'not: [read',
    'pipelines/notes.txt': 'not: [read',
    'pipelines/g.ts': '',
    'extra/one.yaml': fileWith().replaceAll('orders', 'one').replace('./h.ts', './g.ts'),
    'extra/g.ts': '',
    'teams/x/y/c.yml': fileWith().replaceAll('orders', 'c').replace('./h.ts', './g.ts'),
    'teams/x/y/g.ts': '',
    'teams/node_modules/d.yml': 'not: [read',
  });
  const { config, issues } = folder.read();
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(
    config?.pipelines.map(({ id }) => id),
    ['a', 'b', 'one', 'c'],
  );
  assert.equal(config?.pipelines[3]?.handler.file, join(folder.path, 'teams/x/y/g.ts'));
});

test('the same id in two files is an error that names both places', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': `include: [b.yaml]\n${fileWith()}`,
    'b.yaml': `\n${fileWith()}`,
  });
  assert.deepEqual(brief(folder.read().issues), [
    'MR159 b.yaml:3:3 pipeline "orders" is already defined at millrace.yaml:3:3',
  ]);
});

test('an included file holds pipelines only', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': 'include: [b.yaml]\n',
    'b.yaml': `kafka: { clientId: x }\n${fileWith()}`,
  });
  assert.deepEqual(brief(folder.read().issues), [
    'MR107 b.yaml:1:1 an included file holds pipelines only, not "kafka" | move it to the file that includes this one',
  ]);
});

test('a path that is not there is an error at the include, a pattern that finds nothing is none', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': `include: [gone.yaml, "none/*.yaml"]\n${fileWith()}`,
  });
  assert.deepEqual(brief(folder.read().issues), [
    'MR101 millrace.yaml:1:11 file gone.yaml does not exist',
  ]);
});

test('a pattern may have several * in the file name', (t) => {
  const named = (id: string): string => fileWith().replaceAll('orders', id);
  const folder = folderWith(t, {
    'millrace.yaml': 'include: ["team-*-v*.yaml", "same*same"]\n',
    'team-a-v1.yaml': named('a'),
    'team-b-x-v.yaml': named('b'),
    'team-c.yaml': named('c'),
    'team-v.yaml': named('d'),
    same: named('e'),
  });
  assert.deepEqual(
    folder.read().config?.pipelines.map(({ id }) => id),
    ['a', 'b'],
  );
});

test('patterns that are more than * in a file name and **/ are refused', (t) => {
  for (const pattern of ['*/x.yaml', 'a/*/b/*.yaml', '**/a/*.yaml', '***/x.yaml']) {
    const folder = folderWith(t, { 'millrace.yaml': `include: ["${pattern}"]\n${fileWith()}` });
    assert.match(brief(folder.read().issues)[0] ?? '', /^MR107 millrace.yaml:1:11 /, pattern);
  }
});

test('a pattern does not read the files of the command line again, and links to folders are not followed', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': `include: ["**/*.yaml"]\n${fileWith()}` });
  mkdirSync(join(folder.path, 'sub'));
  symlinkSync('..', join(folder.path, 'sub/loop'));
  assert.deepEqual(brief(folder.read().issues), []);
});

test('a variable can name what is included', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': 'include: ["${TEAM}.yaml"]\n',
    'blue.yaml': fileWith(),
  });
  assert.equal(folder.read({ env: { TEAM: 'blue' } }).config?.pipelines.length, 1);
  assert.deepEqual(
    brief(folder.read().issues).map((text) => text.slice(0, 26)),
    ['MR131 millrace.yaml:1:1 pi', 'MR120 millrace.yaml:1:11 v'],
  );
});

test('a file of the command line overrides what another one includes', (t) => {
  const folder = folderWith(t, {
    'base.yaml': 'include: [b.yaml]\n',
    'b.yaml': fileWith(),
    'prod.yaml': 'pipelines: { orders: { timeout: 5s } }\n',
  });
  assert.equal(
    folder.read({ files: ['base.yaml', 'prod.yaml'] }).config?.pipelines[0]?.timeoutMs,
    5_000,
  );
});

test('every file that cannot be read is reported', (t) => {
  const folder = folderWith(t, { 'a.yaml': 'a: [', 'b.yaml': '' });
  const codes = folder
    .read({ files: ['a.yaml', 'b.yaml', 'c.yaml'] })
    .issues.map(({ code, file }) => `${code} ${file}`);
  assert.deepEqual(codes, ['MR110 a.yaml', 'MR106 b.yaml', 'MR101 c.yaml']);
});

test('files outside the working directory are called by their whole path', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': 'x: 1\n', 'sub/y': '' });
  const { issues } = folder.read({ cwd: join(folder.path, 'sub'), files: ['../millrace.yaml'] });
  assert.equal(issues[0]?.file, join(folder.path, 'millrace.yaml'));
});

test('pipelines that --only does not name are not looked at', (t) => {
  const yaml = `pipelines:\n${pipeline('a')}${pipeline('b', 'timeout: ${NOT_SET}').replace('./h.ts', './gone.ts')}`;
  const { config, issues } = folderOf(t, yaml).read({ only: ['a'] });
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(
    config?.pipelines.map(({ id }) => id),
    ['a'],
  );
});

test('--only names pipelines that are there and enabled', (t) => {
  const yaml = `pipelines:\n${pipeline('orders')}${pipeline('refunds', 'enabled: false')}`;
  const read = (...only: string[]): string[] => brief(folderOf(t, yaml).read({ only }).issues);
  assert.deepEqual(read('ordres'), [
    'MR160 --only there is no pipeline "ordres" | did you mean "orders"?',
  ]);
  assert.deepEqual(read('x'), ['MR160 --only there is no pipeline "x" | defined: orders, refunds']);
  assert.deepEqual(read('refunds'), [
    'MR160 --only pipeline "refunds" is not enabled | remove enabled: false',
  ]);
});

test('a configuration is no pipe, no folder and not standard input', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': fileWith() });
  const read = (file: string): string[] => brief(folder.read({ files: [file] }).issues);
  mkdirSync(join(folder.path, 'conf'));
  assert.deepEqual(read('conf'), ['MR102 conf:1:1 file conf is a folder, not a regular file']);
  assert.deepEqual(read('/dev/null'), [
    'MR102 /dev/null:1:1 file /dev/null is a device or socket, not a regular file',
  ]);
  assert.deepEqual(read('/dev/stdin'), [
    'MR102 /dev/stdin:1:1 file /dev/stdin is standard input or a pipe: it has no folder for relative paths to start at | write it to a file and name that',
  ]);
});
