import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionCodes } from '../../../src/broker/groups/partition-codes.ts';

const topic = (name: string, ...indexes: readonly number[]) => ({
  name,
  partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
});

/** An answer as texts: orders/0=3. */
const told = (answer: ReturnType<typeof partitionCodes>) =>
  answer.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => `${name}/${partitionIndex}=${errorCode}`),
  );

const isThere = (name: string, partition: number) => name !== 'nothing' && partition < 2;

test('partitions that are not there are answered first, then the others in the order of the request', () => {
  const topics = [topic('orders', 1, 7, 0), topic('payments', 0), topic('nothing', 0)];
  const asked: string[] = [];
  const answer = partitionCodes(topics, isThere, (name, { partitionIndex }) => {
    asked.push(`${name}/${partitionIndex}`);
    return 12;
  });
  assert.deepEqual(asked, ['orders/1', 'orders/0', 'payments/0']);
  assert.deepEqual(told(answer), [
    'orders/7=3',
    'orders/1=12',
    'orders/0=12',
    'nothing/0=3',
    'payments/0=12',
  ]);
});

test('a topic of which no partition is named is not answered', () => {
  assert.deepEqual(
    partitionCodes([topic('orders')], isThere, () => 0),
    [],
  );
});

test('a topic that is named twice is answered twice when all is there', () => {
  const answer = partitionCodes([topic('orders', 0), topic('orders', 0, 1)], isThere, () => 0);
  assert.equal(answer.length, 2);
  assert.deepEqual(told(answer), ['orders/0=0', 'orders/0=0', 'orders/1=0']);
});
