import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Member } from '../../../src/broker/groups/member.ts';
import { subscribedTopics } from '../../../src/broker/groups/subscription.ts';
import { joinRequest } from '../../support/group-rig.ts';

/** The metadata of a consumer, in any version, with what follows the topics. */
const metadataOf = (topics: readonly string[], version = 0, rest = '\xff\xff\xff\xff') =>
  Buffer.from(
    `\0${String.fromCharCode(version)}\0\0\0${String.fromCharCode(topics.length)}${topics
      .map((topic) => `\0${String.fromCharCode(topic.length)}${topic}`)
      .join('')}${rest}`,
    'latin1',
  );

const member = (metadata: Uint8Array) =>
  new Member(joinRequest({ protocols: [{ name: 'range', metadata }] }));

test('the topics of all members are known together, in every version of the metadata', () => {
  const members = [
    member(metadataOf(['orders', 'payments'])),
    member(metadataOf(['payments', 'refunds'], 3, '\0\0\0\x04dataand more')),
  ];
  assert.deepEqual(
    subscribedTopics('consumer', 'range', members),
    new Set(['orders', 'payments', 'refunds']),
  );
});

test('an empty group of consumers subscribes to nothing', () => {
  assert.deepEqual(subscribedTopics('consumer', null, []), new Set());
});

test('nothing is known of groups that are no consumers', () => {
  assert.equal(subscribedTopics('connect', 'range', [member(metadataOf(['orders']))]), null);
  assert.equal(subscribedTopics(null, null, []), null);
});

for (const [what, metadata] of [
  ['nothing', Buffer.alloc(0)],
  ['a count without topics', Buffer.from('\0\0\x7f\xff\xff\xff', 'latin1')],
  ['a negative length', Buffer.from('\0\0\0\0\0\x01\x80\0', 'latin1')],
  ['a topic without a name', Buffer.from('\0\0\0\0\0\x01\xff\xff', 'latin1')],
  ['without user data', Buffer.from('\0\0\0\0\0\x01\0\x06orders', 'latin1')],
  ['with user data that are cut off', metadataOf(['orders'], 0, '\0\0\0\x04dat')],
  ['a name that is cut off', Buffer.from('\0\0\0\0\0\x01\0\x06ord', 'latin1')],
] as const) {
  test(`metadata that is ${what} leaves the subscription unknown`, () => {
    assert.equal(subscribedTopics('consumer', 'range', [member(metadata)]), null);
  });
}
