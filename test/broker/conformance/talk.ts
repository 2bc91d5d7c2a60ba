import type { Api } from '../../../src/broker/api.ts';
import { createTopics } from '../../../src/broker/apis/create-topics.ts';
import { deleteGroups } from '../../../src/broker/apis/delete-groups.ts';
import { deleteTopics } from '../../../src/broker/apis/delete-topics.ts';
import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { errorName } from '../../../src/broker/errors.ts';
import type { Decoded, Encoded, Schema } from '../../../src/broker/wire/schema.ts';
import { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';

/** What is said to a broker, to be said to another one as well. */
export type Script = (talk: Talk) => Promise<void>;

/** What a broker answers to a script, a line for each answer that the script notes. */
export async function answersOf(address: string, script: Script): Promise<string[]> {
  const talk = new Talk(address);
  try {
    await script(talk);
  } finally {
    await talk.end();
  }
  return talk.notes;
}

const UUID_LENGTH = 36;
const UUID = /[\w.-]*?-?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * A talk with one broker of either kind. What is different by nature in each talk is evened out in the notes: names, member
 * ids, ports, and orders that mean nothing.
 */
export class Talk {
  readonly notes: string[] = [];
  readonly #address: string;
  readonly #prefix = `g-${process.pid}-${Date.now().toString(36)}-${talks++}-`;
  readonly #clients: BrokerClient[] = [];
  readonly #topics: string[] = [];
  readonly #groups = new Set<string>();
  readonly #ids = new Map<string, string>();

  constructor(address: string) {
    this.#address = address;
  }

  async connect(clientId: string | null): Promise<BrokerClient> {
    const client = await BrokerClient.connect(this.#address, clientId);
    this.#clients.push(client);
    return client;
  }

  /** A name that no other talk uses. The group is deleted at the end. */
  group(name: string): string {
    const group = this.#prefix + name;
    this.#groups.add(group);
    return group;
  }

  async topic(name: string, numPartitions: number): Promise<string> {
    const topic = this.#prefix + name;
    this.#topics.push(topic);
    const client = await this.connect('topics');
    await client.send(createTopics, 5, {
      topics: [{ name: topic, numPartitions, replicationFactor: 1 }],
    });
    await until(async () => await this.#isThere(client, topic));
    return topic;
  }

  async deleteTopic(topic: string): Promise<void> {
    const client = await this.connect('topics');
    await client.send(deleteTopics, 5, { topicNames: [topic] });
    await until(async () => !(await this.#isThere(client, topic)));
  }

  /** Waits until the group is in a state, with so many members. */
  async reached(group: string, state: string, members: number): Promise<void> {
    const client = await this.connect('watch');
    await until(async () => {
      const { groups } = await client.send(describeGroups, 5, { groups: [group] });
      return groups[0]?.groupState === state && groups[0].members.length === members;
    });
  }

  /** Sends a request and notes the answer. */
  async ask<Q extends Schema, R extends Schema>(
    client: BrokerClient,
    what: string,
    api: Api<Q, R>,
    version: number,
    body: Encoded<Q>,
  ): Promise<Decoded<R>> {
    const answer = await client.send(api, version, body);
    this.note(`${api.name} ${version} ${what}`, answer);
    return answer;
  }

  note(what: string, answer: unknown): void {
    this.notes.push(`${what}: ${this.#evened(answer)}`);
  }

  async end(): Promise<void> {
    const client = await this.connect('end');
    for (const topicNames of this.#topics.map((topic) => [topic])) {
      await client.send(deleteTopics, 5, { topicNames });
    }
    for (const groupId of this.#groups) await this.#deleteGroup(client, groupId);
    for (const each of this.#clients) each.close();
  }

  async #deleteGroup(client: BrokerClient, groupId: string): Promise<void> {
    const { groups } = await client.send(describeGroups, 5, { groups: [groupId] });
    const members = groups[0]?.members ?? [];
    await client.send(leaveGroup, 5, { groupId, members });
    await client.send(deleteGroups, 2, { groupsNames: [groupId] });
  }

  async #isThere(client: BrokerClient, topic: string): Promise<boolean> {
    const { topics } = await client.send(metadata, 8, {
      topics: [{ name: topic }],
      allowAutoTopicCreation: false,
    });
    return topics[0]?.errorCode === 0;
  }

  #evened(answer: unknown): string {
    return JSON.stringify(answer, shown)
      .replaceAll(this.#prefix, '%')
      .replaceAll(UUID, (id) => {
        const known = this.#ids.get(id) ?? `<${id.slice(0, -UUID_LENGTH)}#${this.#ids.size}>`;
        this.#ids.set(id, known);
        return known;
      })
      .replaceAll(/("errorCode"):(-?\d+)/g, (_, key, code) => `${key}:${errorName(Number(code))}`)
      .replaceAll(/"port":\d+/g, '"port":"…"');
  }
}
let talks = 0;

/** Values as JSON has them, and lists without an order of their own in one. */
function shown(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isBytes(value)) return `<${Buffer.from(value.data).toString('latin1')}>`;
  if (!Array.isArray(value) || !UNORDERED.has(key)) return value;
  return [...value].sort((a, b) =>
    JSON.stringify(a, nameless) < JSON.stringify(b, nameless) ? -1 : 1,
  );
}

/** Of hash tables in Kafka. */
const UNORDERED: ReadonlySet<string> = new Set(['members', 'groups', 'results']);

/** Ids are random but for their beginning, so they are not what members are sorted by. */
function nameless(key: string, value: unknown): unknown {
  if (key === 'memberId') return String(value).slice(0, -UUID_LENGTH);
  return typeof value === 'bigint' ? Number(value) : value;
}

const isBytes = (value: unknown): value is { readonly data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
