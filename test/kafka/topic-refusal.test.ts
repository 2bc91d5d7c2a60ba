import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../src/contract/errors.ts';
import { topicRefusal } from '../../src/kafka/topic-refusal.ts';

const refused = (type: string): Error =>
  Object.assign(new Error('Topic creation errors'), {
    name: 'KafkaJSAggregateError',
    errors: [
      { topic: 'there', type: 'TOPIC_ALREADY_EXISTS', message: 'It is there' },
      { topic: 'or_ders', type, message: 'It says why' },
    ],
  });

for (const [type, names, exit, text] of [
  ['INVALID_TOPIC_EXCEPTION', ['or.ders'], 78, /or_ders .* collides with or\.ders, .*Rename one/],
  ['INVALID_TOPIC_EXCEPTION', ['orders'], 78, /or_ders .*It says why\. Correct the name/],
  ['POLICY_VIOLATION', [], 78, /or_ders .*It says why\. Correct/],
  ['TOPIC_AUTHORIZATION_FAILED', [], 77, /or_ders .*It says why\. Give these credentials/],
] as const) {
  test(`${type} with ${names.join(', ') || 'no other topic'} is MR343 with exit ${exit}`, () => {
    const cause = topicRefusal(refused(type), names);
    assert.ok(cause instanceof MillraceError);
    assert.equal(cause.code, 'MR343');
    assert.equal(cause.exit, exit);
    assert.equal(cause.facts['topic'], 'or_ders');
    assert.match(cause.message, text);
  });
}

test('brokers that do not answer are exit 69, and an error that is not of kafkajs stays what it is', () => {
  const timeout = Object.assign(new Error('Connection timeout'), {
    name: 'KafkaJSConnectionError',
  });
  const silent = topicRefusal(timeout, []);
  assert.ok(silent instanceof MillraceError);
  assert.equal(silent.exit, 69);
  assert.match(silent.message, /Connection timeout/);
  for (const other of [new MillraceError('MR301', 'No broker answers.'), new TypeError('a bug')]) {
    assert.equal(topicRefusal(other, []), other);
  }
});
