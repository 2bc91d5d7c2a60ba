// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issuesAsJson, renderIssues } from '../../src/config/render.ts';
import { fileWith, folderOf } from './fixture.ts';

test('a problem is shown with its place, code, line, caret and advice, then they are counted', (t) => {
  const { issues } = folderOf(t, fileWith('concurency: 8')).read({ sets: ['a.b=1'] });
  assert.equal(
    renderIssues(issues, { color: false }),
    [
      'error  millrace.yaml:5:5  unknown key "concurency" in pipelines.orders [MR130]',
      '   5 |     concurency: 8',
      '     |     ^^^^^^^^^^  did you mean "concurrency"?',
      'error  --set a.b  unknown key "a" [MR130]',
      '       possible: version, include, kafka, http, logging, shutdown, workers, defaults, pipelines',
      '2 problems (2 errors, 0 warnings)',
      '',
    ].join('\n'),
  );
});

test('without problems there is nothing to show', () => {
  assert.equal(renderIssues([], { color: true }), '');
});

test('color is added only when asked for', (t) => {
  const { issues } = folderOf(t, fileWith('x: 1')).read();
  const colored = renderIssues(issues, { color: true });
  assert.ok(colored.includes('\u001b[31m'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
  assert.equal(colored.replaceAll(/\u001b\[\d+m/g, ''), renderIssues(issues, { color: false }));
});

test('of very many problems the first hundred are shown and all are counted', (t) => {
  const lines = Array.from({ length: 300 }, (_, i) => `k${i}: 1`);
  const text = renderIssues(folderOf(t, fileWith(...lines)).read().issues, { color: false });
  assert.equal(text.split('\n').filter((line) => line.startsWith('error')).length, 100);
  assert.match(text, /\n300 problems \(300 errors, 0 warnings\), 100 shown\n$/);
});

test('as JSON a problem has its code, place and advice', (t) => {
  const { issues } = folderOf(t, fileWith('ordering: keys')).read();
  assert.deepEqual(issuesAsJson(issues), [
    {
      code: 'MR134',
      severity: 'error',
      message: 'pipelines.orders.ordering: "keys" is not one of key, partition, none',
      file: 'millrace.yaml',
      line: 5,
      col: 15,
      length: 4,
      hint: 'did you mean "key"?',
    },
  ]);
});
