import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../src/cli/arguments.ts';
import { topicList } from '../../src/cli/topic-list.ts';
import { projectOf } from '../support/handler-files.ts';

test('topics are names with a number of partitions, which is 1 when it is not there', () => {
  assert.deepEqual(topicList('broker', 'orders:3, pay.ments_-'), [
    { name: 'orders', partitions: 3 },
    { name: 'pay.ments_-', partitions: 1 },
  ]);
});

test('a file has a topic on each line; comments and empty lines say nothing', async (t) => {
  const file = join(await projectOf(t, {}), 'topics.txt');
  writeFileSync(file, '# shop\r\norders:2\r\n\n  payments  \n');
  assert.deepEqual(topicList('broker', file), [
    { name: 'orders', partitions: 2 },
    { name: 'payments', partitions: 1 },
  ]);
});

test('spaces around a name and a number, and a mark of byte order, say nothing', async (t) => {
  const file = join(await projectOf(t, {}), 'topics.txt');
  writeFileSync(file, '\uFEFFx\n y : 3 \n');
  const topics = [
    { name: 'x', partitions: 1 },
    { name: 'y', partitions: 3 },
  ];
  assert.deepEqual(topicList('broker', file), topics);
  assert.deepEqual(topicList('broker', 'x, y : 3 '), topics);
});

test('a file that is wrong is MR606 with its line, and exit 78', async (t) => {
  const file = join(await projectOf(t, {}), 'topics.txt');
  for (const [line, text] of [
    ['y 3', /topics\.txt:3: "y 3" is no topic/],
    ['y:99999', /topics\.txt:3: y can have from 1 to 10000 partitions/],
    ['a_b', /topics\.txt:3: a_b collides with a\.b/],
    ['a.b', /topics\.txt:3: a\.b is there twice/],
  ] as const) {
    writeFileSync(file, `# shop\na.b\n${line}\n`);
    const wrong = { code: 'MR606', exit: 78, message: text };
    assert.throws(() => topicList('broker', file), wrong);
  }
});

test('a folder is refused', async (t) => {
  const folder = await projectOf(t, {});
  assert.throws(
    () => topicList('broker', folder),
    (cause) => cause instanceof UsageError && /is a folder/.test(cause.message),
  );
});

for (const [text, message] of [
  ['', /"" is no topic/],
  ['orders:', /"orders:" is no topic/],
  ['orders:0', /orders can have from 1 to 10000 partitions, not 0/],
  ['orders:10001', /orders can have from 1 to 10000 partitions, not 10001/],
  ['orders:-1', /"orders:-1" is no topic/],
  ['or ders', /"or ders" is no topic/],
  ['or/ders', /'or\/ders' contains/],
  ['..:2', /'\.\.' is not allowed/],
  ['a,,b', /"" is no topic/],
  ['a:1,a:2', /a is there twice/],
  ['a.b:1,a_b:1', /a_b collides with a\.b.*Rename one/],
] as const) {
  test(`"${text}" is refused`, () => {
    assert.throws(
      () => topicList('broker', text),
      (cause) => cause instanceof UsageError && message.test(cause.message),
    );
  });
}
