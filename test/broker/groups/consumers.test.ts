import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { EmbeddedBroker } from '../../../src/broker/broker.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = [0, 1, 2, 3, 4, 5];

/** kafkajs on an embedded broker of three nodes: consumers of one group, with what each holds and what all have read. */
class Crew {
  readonly broker: EmbeddedBroker;
  readonly kafka: Kafka;
  readonly read: string[] = [];
  readonly #consumers = new Map<string, Consumer>();
  readonly #held = new Map<string, readonly number[]>();

  private constructor(broker: EmbeddedBroker) {
    this.broker = broker;
    const brokers = broker.addresses;
    this.kafka = new Kafka({ brokers, clientId: 'crew', logLevel: logLevel.NOTHING });
  }

  static async start(): Promise<Crew> {
    const configs = { 'group.initial.rebalance.delay.ms': '0' };
    const broker = await EmbeddedBroker.start({ brokers: 3, topics: { orders: 6 }, configs });
    return new Crew(broker);
  }

  async add(name: string): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: 'workers',
      sessionTimeout: 6000,
      heartbeatInterval: 50,
      maxWaitTimeInMs: 50,
    });
    this.#consumers.set(name, consumer);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#held.set(name, payload.memberAssignment['orders'] ?? []);
    });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        this.read.push(String(message.value));
      },
    });
  }

  async remove(name: string): Promise<void> {
    await this.#consumers.get(name)?.disconnect();
    this.#consumers.delete(name);
    this.#held.delete(name);
  }

  /** Waits until all partitions are held by someone, and as many each as `shares` says. */
  async shared(...shares: readonly number[]): Promise<void> {
    await until(() => {
      const held = [...this.#held.values()];
      const all = held.flat().sort((a, b) => a - b);
      const counts = held.map(({ length }) => length).sort((a, b) => a - b);
      return String(all) === String(PARTITIONS) && String(counts) === String(shares);
    });
  }

  async produce(from: number, to: number): Promise<void> {
    const producer = this.kafka.producer();
    await producer.connect();
    const values = Array.from({ length: to - from }, (_, i) => String(from + i));
    await producer.send({
      topic: 'orders',
      messages: values.map((value) => ({ key: value, value })),
    });
    await producer.disconnect();
  }

  /** Waits until the first `count` have all been read. */
  async hasRead(count: number): Promise<void> {
    await until(() => new Set(this.read).size === count);
  }

  async close(): Promise<void> {
    for (const name of [...this.#consumers.keys()]) await this.remove(name);
    await this.broker.close();
  }
}

test('consumers share the partitions of a topic, and those that stay take over from one that leaves', async () => {
  const crew = await Crew.start();
  try {
    await crew.produce(0, 300);
    await crew.add('one');
    await crew.shared(6);
    await crew.add('two');
    await crew.shared(3, 3);
    await crew.add('three');
    await crew.shared(2, 2, 2);
    await crew.hasRead(300);
    await crew.remove('one');
    await crew.produce(300, 600);
    await crew.shared(3, 3);
    await crew.hasRead(600);
    assert.equal(crew.read.length, 600);
  } finally {
    await crew.close();
  }
});

test('a consumer whose session has ended joins again', async () => {
  const crew = await Crew.start();
  try {
    await crew.add('one');
    await crew.add('two');
    await crew.shared(3, 3);
    const group = crew.broker.cluster.groups.get('workers');
    const [member] = group?.members ?? [];
    assert.ok(group && member);
    group.endSession(member.id);
    await until(() => group.members.length === 2 && group.state === 'Stable');
    assert.ok(group.members.every(({ id }) => id !== member.id));
  } finally {
    await crew.close();
  }
});

test('consumers go on when their group moves to another node', async () => {
  const crew = await Crew.start();
  try {
    const { broker } = crew;
    await crew.add('one');
    await crew.add('two');
    await crew.shared(3, 3);
    const before = broker.cluster.groups.coordinatorOf('workers')?.id ?? 0;
    const next = (before % 3) + 1;
    broker.moveCoordinator('workers', next);
    await crew.produce(0, 60);
    await crew.hasRead(60);
    const offsets = broker.cluster.groups.get('workers')?.offsets;
    const committed = () =>
      PARTITIONS.reduce((sum, i) => sum + (offsets?.committed('orders', i)?.offset ?? 0n), 0n);
    await until(() => committed() === 60n);
    await until(() => broker.cluster.groups.get('workers')?.state === 'Stable');
    const asked = broker.requests.filter(({ api, node }) => api === 'Heartbeat' && node === next);
    assert.ok(asked.length > 0);
  } finally {
    await crew.close();
  }
});

test('an administrator sees a group, its offsets and its end', async () => {
  const crew = await Crew.start();
  const admin = crew.kafka.admin();
  try {
    await admin.connect();
    await crew.produce(0, 60);
    await crew.add('one');
    await crew.hasRead(60);
    const { groups } = await admin.describeGroups(['workers']);
    assert.deepEqual(
      groups.map(({ state, protocol, members }) => [state, protocol, members.length]),
      [['Stable', 'RoundRobinAssigner', 1]],
    );
    await crew.remove('one');
    const offsets = await admin.fetchOffsets({ groupId: 'workers', topics: ['orders'] });
    const partitions = offsets[0]?.partitions ?? [];
    assert.equal(
      partitions.reduce((sum, { offset }) => sum + Number(offset), 0),
      60,
    );
    assert.deepEqual((await admin.listGroups()).groups, [
      { groupId: 'workers', protocolType: 'consumer' },
    ]);
    await admin.deleteGroups(['workers']);
    assert.deepEqual((await admin.listGroups()).groups, []);
  } finally {
    await admin.disconnect();
    await crew.close();
  }
});
