import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { joinGroup } from '../../../src/broker/apis/join-group.ts';
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts';
import { listGroups } from '../../../src/broker/apis/list-groups.ts';
import { offsetCommit } from '../../../src/broker/apis/offset-commit.ts';
import { offsetDelete } from '../../../src/broker/apis/offset-delete.ts';
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts';
import { syncGroup } from '../../../src/broker/apis/sync-group.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { join, joinBody } from './group-scripts.ts';
import type { Talk } from './talk.ts';

/** A partition to commit: its number, the offset, the metadata. */
type Commit = readonly [partition: number, offset: bigint, metadata?: string | null];

const commits = (name: string, ...partitions: readonly Commit[]) => ({
  name,
  partitions: partitions.map(([partitionIndex, committedOffset, committedMetadata = '']) => ({
    partitionIndex,
    committedOffset,
    committedLeaderEpoch: 2,
    committedMetadata,
  })),
});

const deletions = (name: string, ...indexes: readonly number[]) => ({
  name,
  partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
});

/** Notes all offsets of the group, in order. */
async function noteAll(talk: Talk, client: BrokerClient, groupId: string): Promise<void> {
  const { topics } = await client.send(offsetFetch, 7, { groupId, topics: null });
  const all = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, ...rest }) => ({
      place: `${name}/${partitionIndex}`,
      ...rest,
    })),
  );
  talk.note(
    'all offsets',
    all.sort((a, b) => (a.place < b.place ? -1 : 1)),
  );
}

/** Commits of somebody who is in no group. */
export async function plainCommits(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const orders = await talk.topic('orders', 2);
  const groupId = talk.group('plain');
  const say = (
    what: string,
    topics: ReturnType<typeof commits>[],
    facts: object = {},
    version = 8,
  ) => talk.ask(client, what, offsetCommit, version, { groupId, topics, ...facts });
  const member = { memberId: 'me', generationIdOrMemberEpoch: 5 };
  const mixed = [commits('g-x', [0, 1n]), commits(orders, [5, 1n], [0, 11n, 'note'], [-1, 1n])];
  await say('of nothing', []);
  await say('to a topic that is not there', [commits('g-x', [0, 1n], [1, 1n])], member);
  for (const version of [8, 9]) await say('to no group', mixed, member, version);
  await say('of a topic without partitions', [commits(orders)], member);
  await say('of this and that', [...mixed, commits(orders, [1, -5n])]);
  await talk.ask(client, 'that only commits', describeGroups, 6, { groups: [groupId] });
  await fetched(talk, client, groupId, orders);
  await say('of long metadata', [
    commits(orders, [0, 1n, 'x'.repeat(4096)], [1, 1n, 'x'.repeat(4097)]),
  ]);
  await say('of wide metadata', [
    commits(orders, [0, 1n, 'ü'.repeat(4096)], [1, 1n, '😀'.repeat(2049)]),
  ]);
  await say('of no metadata', [commits(orders, [0, 22n, null])]);
  await noteAll(talk, client, groupId);
  for (let version = 2; version <= 9; version++) {
    const topics = [commits(orders, [0, BigInt(version)])];
    await say('in each version', topics, { retentionTimeMs: 1000n }, version);
    await noteAll(talk, client, groupId);
  }
  await say('of one place twice', [commits(orders, [0, 50n], [0, 51n]), commits(orders, [1, 52n])]);
  for (const facts of [{ memberId: 'me' }, { groupInstanceId: 'one' }, member]) {
    await say(`with ${JSON.stringify(facts)}`, [commits(orders, [0, 60n])], facts);
  }
  await say('of a nameless group', [commits(orders, [0, 60n])], { ...member, groupId: '' });
  await noteAll(talk, client, groupId);
}

async function fetched(talk: Talk, client: BrokerClient, groupId: string, topic: string) {
  const topics = [
    { name: topic, partitionIndexes: [1, 0, 5] },
    { name: 'g-x', partitionIndexes: [0] },
    { name: topic, partitionIndexes: [0] },
  ];
  const nobody = talk.group('nobody');
  for (let version = 1; version <= 7; version++) {
    await talk.ask(client, 'of a group', offsetFetch, version, { groupId, topics });
    await talk.ask(client, 'of no group', offsetFetch, version, { groupId: nobody, topics });
    await talk.ask(client, 'of no topics', offsetFetch, version, { groupId, topics: [] });
  }
  for (const version of [8, 9]) {
    const groups = [
      { groupId, topics },
      { groupId: nobody, topics },
      { groupId, topics: [] },
      { groupId: nobody, topics: null },
      { groupId: '', topics },
    ];
    await talk.ask(client, 'of groups', offsetFetch, version, { groups, requireStable: true });
    await talk.ask(client, 'of none', offsetFetch, version, { groups: [] });
  }
}

/** Commits of a member, in each phase of its group. */
export async function memberCommits(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const orders = await talk.topic('mine', 2);
  const groupId = talk.group('members');
  const { memberId, generationId } = await join(client, groupId);
  const tryAll = async (phase: string) => {
    for (const [what, facts] of [
      ['of the member', {}],
      ['of another generation', { generationIdOrMemberEpoch: generationId + 1 }],
      ['of no generation', { generationIdOrMemberEpoch: -1 }],
      ['of a stranger', { memberId: 'x' }],
      ['of an instance', { groupInstanceId: 'x' }],
      ['of nobody', { memberId: '', generationIdOrMemberEpoch: -1 }],
    ] as const) {
      const topics = [commits(orders, [0, 7n]), commits('g-x', [0, 1n])];
      const body = { groupId, memberId, generationIdOrMemberEpoch: generationId, topics };
      for (const version of [8, 9]) {
        await talk.ask(client, `${what}, ${phase}`, offsetCommit, version, { ...body, ...facts });
      }
    }
  };
  await tryAll('before the assignment');
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  const sync = { groupId, memberId, generationId, ...protocol, assignments: [] };
  await client.send(syncGroup, 5, sync);
  await tryAll('in a stable group');
  const two = await talk.connect('two');
  const joining = join(two, groupId);
  await talk.reached(groupId, 'PreparingRebalance', 2);
  await tryAll('in a rebalance');
  const leaver = { memberId, groupInstanceId: null };
  await client.send(leaveGroup, 5, { groupId, members: [leaver] });
  const { memberId: other } = await joining;
  await client.send(leaveGroup, 5, { groupId, members: [{ ...leaver, memberId: other }] });
  await talk.reached(groupId, 'Empty', 0);
  await tryAll('in an empty group');
  await noteAll(talk, client, groupId);
}

export async function deletedOffsets(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const [orders, others] = [await talk.topic('kept', 2), await talk.topic('other', 1)];
  const groupId = talk.group('deleted');
  const erase = (what: string, topics: ReturnType<typeof deletions>[], id = groupId) =>
    talk.ask(client, what, offsetDelete, 0, { groupId: id, topics });
  const topics = [deletions(orders, 0, 9), deletions('g-x', 0), deletions(others, 0)];
  await erase('of no group', topics);
  await erase('of a nameless group', topics, '');
  await erase('of nothing of no group', []);
  const committed = [commits(orders, [0, 1n], [1, 2n]), commits(others, [0, 3n])];
  await client.send(offsetCommit, 8, { groupId, topics: committed });
  const length = String.fromCharCode(orders.length);
  const metadata = Buffer.from(`\0\0\0\0\0\x01\0${length}${orders}\xff\xff\xff\xff`, 'latin1');
  const protocols = [{ name: 'range', metadata }];
  const { memberId } = await join(client, groupId, { protocols });
  await erase('of a group that subscribes', topics);
  await client.send(leaveGroup, 5, { groupId, members: [{ memberId, groupInstanceId: null }] });
  await noteAll(talk, client, groupId);
  await talk.deleteTopic(others);
  await noteAll(talk, client, groupId);
  await erase('of an empty group', topics);
  await erase('of what is not there', [deletions(orders, 0)]);
  await noteAll(talk, client, groupId);
  const connect = talk.group('connect');
  await join(client, connect, { protocolType: 'connect' });
  await erase('of a group of others', topics, connect);
}

export async function lists(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const orders = await talk.topic('listed', 1);
  const [empty, joined] = [talk.group('empty'), talk.group('joined')];
  await client.send(offsetCommit, 8, { groupId: empty, topics: [commits(orders, [0, 1n])] });
  await client.send(joinGroup, 3, joinBody(joined));
  await talk.reached(joined, 'CompletingRebalance', 1);
  for (const [version, body] of [
    ...[0, 1, 2, 3, 4, 5].map((each) => [each, {}] as const),
    ...['Empty', 'completingrebalance', ' EMPTY ', 'Dead', 'x'].map(
      (state) => [5, { statesFilter: [state] }] as const,
    ),
    ...['classic', 'Classic', ' classic', 'consumer', 'x'].map(
      (type) => [5, { typesFilter: [type] }] as const,
    ),
    [5, { statesFilter: ['Empty', 'Stable'], typesFilter: ['consumer', 'classic'] }] as const,
  ]) {
    const { groups, ...rest } = await client.send(listGroups, version, body);
    const own = groups.filter(({ groupId }) => groupId === empty || groupId === joined);
    talk.note(`ListGroups ${version} ${JSON.stringify(body)}`, { ...rest, groups: own });
  }
}
