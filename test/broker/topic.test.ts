import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInternalTopic, topicNameProblem } from '../../src/broker/topic.ts';

test('a topic name has letters, digits, dots, dashes and underscores, up to 249', () => {
  for (const name of ['a', 'A.b_c-9', '...', 'x'.repeat(249)]) {
    assert.equal(topicNameProblem(name), null, name);
  }
  for (const name of ['', '.', '..', 'a/b', 'ä', 'a b', 'x'.repeat(250)]) {
    assert.match(topicNameProblem(name) ?? '', /^Topic name is invalid: /, name);
  }
});

test('the topics of Kafka itself are internal', () => {
  assert.equal(isInternalTopic('__consumer_offsets'), true);
  assert.equal(isInternalTopic('orders'), false);
});
