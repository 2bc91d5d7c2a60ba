import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { topicsOf } from '../../../src/cli/dev/topics-of.ts';
import { readConfig } from '../../../src/config/read.ts';
import { projectOf } from '../../support/handler-files.ts';

/** Topics of a configuration with these pipelines. */
async function topics(t: TestContext, pipelines: string): Promise<[string, number][]> {
  const cwd = await projectOf(t, {
    'h.mjs': '',
    'm.yaml': `version: 1\npipelines:\n${pipelines}`,
  });
  const { config, issues } = readConfig({ files: [join(cwd, 'm.yaml')], cwd, env: {} });
  assert.ok(config, JSON.stringify(issues));
  return topicsOf(config).map(({ name, partitions }) => [name, partitions]);
}

test('all topics that are read, and those that results go to, each once', async (t) => {
  assert.deepEqual(
    await topics(
      t,
      `  one: { source: { topics: [a, b], groupId: g }, handler: ./h.mjs, sink: { topic: c } }
  two: { source: { topics: [c], groupId: h }, handler: ./h.mjs }
`,
    ),
    [
      ['a', 8],
      ['b', 8],
      ['c', 8],
    ],
  );
});

test('as many partitions as are asked for by number', async (t) => {
  const source = '{ topics: [a], groupId: g, partitions: { a: [0, 20] } }';
  assert.deepEqual(await topics(t, `  one: { source: ${source}, handler: ./h.mjs }\n`), [
    ['a', 21],
  ]);
});

test('none for a pattern', async (t) => {
  const source = '{ topics: /orders-.*/, groupId: g }';
  assert.deepEqual(await topics(t, `  one: { source: ${source}, handler: ./h.mjs }\n`), []);
});
