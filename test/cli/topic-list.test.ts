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

for (const [text, message] of [
  ['', /not ""/],
  ['orders:', /not "orders:"/],
  ['orders:0', /not "orders:0"/],
  ['orders:-1', /not "orders:-1"/],
  ['or ders', /not "or ders"/],
  ['a,,b', /not ""/],
  ['a:1,a:2', /has a twice/],
] as const) {
  test(`"${text}" is refused`, () => {
    assert.throws(
      () => topicList('broker', text),
      (cause) => cause instanceof UsageError && message.test(cause.message),
    );
  });
}
