import { createPartitions } from '../../../src/broker/apis/create-partitions.ts';
import { createTopics } from '../../../src/broker/apis/create-topics.ts';
import { deleteTopics } from '../../../src/broker/apis/delete-topics.ts';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import type { Encoded } from '../../../src/broker/wire/schema.ts';
import type { Talk } from './talk.ts';
import { tidy } from './tidy.ts';

const STRANGE_ID = 'AAAAAAAAAAAAAAAAAAAABA';
const OPEN = { numPartitions: -1, replicationFactor: -1 };
/** Values of topic configs that are taken or refused. */
const VALUES: readonly (readonly [name: string, value: string | null])[] = [
  ['nope', '1'],
  ['retention.ms', 'abc'],
  ['retention.ms', null],
  ['retention.ms', '-2'],
  ['retention.ms', '99999999999999999999'],
  ['retention.ms', ''],
  ['retention.bytes', '-5'],
  ['cleanup.policy', 'foo'],
  ['cleanup.policy', 'compact,delete'],
  ['cleanup.policy', 'compact,foo'],
  ['compression.type', 'zip'],
  ['compression.zstd.level', '77'],
  ['message.timestamp.type', 'x'],
  ['preallocate', 'maybe'],
  ['min.cleanable.dirty.ratio', 'x'],
  ['max.message.bytes', '-1'],
  ['max.message.bytes', '1.5'],
  ['max.message.bytes', ' 100 '],
  ['segment.bytes', '10'],
  ['min.insync.replicas', '0'],
];

export async function createdTopics(talk: Talk): Promise<void> {
  const name = await talk.topic('taken', 1);
  const client = await talk.connect('topics');
  const ask = async (what: string, wish: object, version = 7): Promise<void> => {
    const usual = { name: `${name}-new`, numPartitions: 1, replicationFactor: 1 };
    const body = { topics: [{ ...usual, ...wish }], validateOnly: true };
    const { topics } = await client.send(createTopics, version, body);
    // Which configs there are is asked for elsewhere.
    const plain = topics.map((topic) => ({ ...topic, configs: topic.configs?.length === 0 }));
    talk.note(`CreateTopics ${version} ${what}`, tidy(plain));
  };
  for (let version = 2; version <= 7; version++) await ask('new', {}, version);
  for (const wrong of ['', '.', '..', 'a/b', 'x'.repeat(250), name]) {
    await ask(`named ${wrong.slice(0, 5)}`, { name: wrong });
  }
  for (const numPartitions of [0, -2, 10_001]) await ask('partitions', { numPartitions });
  for (const replicationFactor of [0, -2, 3]) await ask('replicas', { replicationFactor });
  for (const [key, value] of VALUES) {
    await ask(`with ${key}=${value}`, { configs: [{ name: key, value }] });
  }
  for (const brokerIds of [[[1]], [[1], [1]], [[9]], [[1, 1]], [[]]]) {
    const assignments = brokerIds.map((ids, i) => ({ partitionIndex: i, brokerIds: ids }));
    await ask(`on ${JSON.stringify(brokerIds)}`, { ...OPEN, assignments });
  }
  const gap = [{ partitionIndex: 1, brokerIds: [1] }];
  await ask('with a gap', { ...OPEN, assignments: gap });
  await ask('with numbers and replicas', { assignments: gap });
}

export async function grownTopics(talk: Talk): Promise<void> {
  const name = await talk.topic('small', 2);
  const client = await talk.connect('topics');
  const ask = async (what: string, wishes: readonly object[], version = 3): Promise<void> => {
    const topics = wishes.map((wish) => ({ name, count: 3, assignments: null, ...wish }));
    const answer = await client.send(createPartitions, version, { topics, validateOnly: true });
    talk.note(`CreatePartitions ${version} ${what}`, tidy(answer));
  };
  for (let version = 0; version <= 3; version++) await ask('more', [{}], version);
  for (const count of [2, 1, 0, -1]) await ask(`to ${count}`, [{ count }]);
  await ask('twice', [{}, {}]);
  await ask('of nothing', [{ name: `${name}-none` }]);
  for (const brokerIds of [[1], [], [1, 1], [9]])
    await ask('on', [{ assignments: [{ brokerIds }] }]);
  await ask('on too few', [{ count: 5, assignments: [{ brokerIds: [1] }] }]);
}

export async function deletedTopics(talk: Talk): Promise<void> {
  const name = await talk.topic('gone', 1);
  const client = await talk.connect('topics');
  const { topics } = await client.send(metadata, 12, { topics: [{ name }] });
  const topicId = topics[0]?.topicId ?? '';
  const ask = async (what: string, version: number, body: object): Promise<void> => {
    const answer = await client.send(deleteTopics, version, body);
    talk.note(`DeleteTopics ${version} ${what}`, tidy(answer));
  };
  for (let version = 1; version <= 5; version++) {
    await ask('of nothing', version, { topicNames: [`${name}-none`, 'a/b', ''] });
    await ask('twice', version, { topicNames: [name, name] });
  }
  await ask('by both', 6, { topics: [{ name, topicId }] });
  await ask('by neither', 6, { topics: [{ name: null }] });
  await ask('by a strange id', 6, { topics: [{ name: null, topicId: STRANGE_ID }] });
  await ask('by id', 6, { topics: [{ name: null, topicId }] });
}

export async function describedTopics(talk: Talk): Promise<void> {
  const name = await talk.topic('known', 2);
  const client = await talk.connect('topics');
  const ask = async (
    what: string,
    version: number,
    body: Encoded<typeof metadata.request>,
  ): Promise<void> => {
    const answer = await client.send(metadata, version, body);
    talk.note(`Metadata ${version} ${what}`, tidy(answer));
  };
  const operations = {
    includeTopicAuthorizedOperations: true,
    includeClusterAuthorizedOperations: true,
  };
  for (let version = 0; version <= 13; version++) {
    const topics = [name, `${name}-none`, `${name}-none`, 'a/b', ''].map((each) => ({
      name: each,
    }));
    await ask('by name', version, { topics, allowAutoTopicCreation: version < 4 });
    if (version > 0) await ask('of none', version, { topics: [] });
    if (version >= 8) await ask('with operations', version, { topics, ...operations });
  }
  await ask('by a strange id', 12, { topics: [{ name: null, topicId: STRANGE_ID }] });
  await ask('by name and id', 12, { topics: [{ name, topicId: STRANGE_ID }] });
  await ask('by id too early', 10, { topics: [{ name, topicId: STRANGE_ID }] });
  await ask('by no name too early', 10, { topics: [{ name: null }] });
}
