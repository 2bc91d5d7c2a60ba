import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SinkConfig } from '../../src/contract/config.ts';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { SourceRig } from '../support/fake-source.ts';
import { answers } from '../support/fake-wire.ts';
import { signalsOf } from '../support/kafka-signals.ts';
import { batch, record } from './records/naive.ts';

const SINK: SinkConfig = {
  topic: 'results',
  serialize: 'json',
  acks: 'all',
  compression: 'none',
  partitioner: 'murmur2',
};
const unknownTopic = (): Promise<never> =>
  Promise.reject(Object.assign(new Error(), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }));
const holds = ({ source }: SourceRig): string[] =>
  [...source.held].map(({ name, state }) => `${name} ${state}`);

describe('KafkaSource, starting', () => {
  it('connects, joins, and fetches what it was assigned', async () => {
    const rig = new SourceRig();
    assert.equal(rig.source.silentMs, null);
    await rig.start(0, 2);
    assert.deepEqual(holds(rig), ['orders/0 running', 'orders/2 running']);
    for (const [id, partition] of [
      [1, 0],
      [2, 2],
    ] as const) {
      const [asked] = rig.cluster.broker(id).open('Fetch').body.partitions;
      assert.deepEqual([asked?.partition, asked?.offset], [partition, 10n]);
    }
    assert.deepEqual(rig.source.member, {
      memberId: 'm-1',
      generation: 1,
      rebalances: 1,
      state: 'stable',
    });
    assert.deepEqual([rig.source.commits, rig.source.silentMs], [{ ok: 0, failed: 0 }, 0]);
  });

  it('has connections for its requests apart from those of the group', async () => {
    const rig = new SourceRig();
    await rig.start(0);
    assert.equal(rig.kafka.consumers.length, 2);
    assert.deepEqual(rig.kafka.consumers[0]?.calls, []);
    assert.notEqual(rig.session.cluster, rig.cluster);
  });

  it('rejects when no broker answers in time', async () => {
    const rig = new SourceRig();
    rig.cluster.onConnect = () => new Promise(() => {});
    const connected = rig.source.connect();
    rig.clock.advance(5000);
    await assert.rejects(connected, { code: 'MR301', exit: 69 });
    assert.equal(rig.source.silentMs, null);
  });

  it('rejects when the topic of the sink does not exist, before it joins', async () => {
    const rig = new SourceRig({}, { sink: SINK });
    rig.cluster.onAddTopics = unknownTopic;
    await assert.rejects(rig.source.connect(), { code: 'MR340', facts: { topic: 'results' } });
    assert.equal(rig.kafka.consumers.length, 1);
  });

  it('rejects a join that the broker refuses, with the exit code for that', async () => {
    const rig = new SourceRig();
    await rig.source.connect();
    rig.cluster.onAddTopics = () => Promise.reject(clientError('KafkaJSSASLAuthenticationError'));
    await assert.rejects(rig.source.join(), { code: 'MR305', exit: 77 });
  });

  it('holds the partitions that the configuration names, without a group', async () => {
    const rig = new SourceRig({ partitions: { orders: [1] } });
    await rig.source.connect();
    await rig.source.join();
    await turn();
    assert.deepEqual(holds(rig), ['orders/1 running']);
    assert.equal(rig.kafka.consumers.length, 1);
    assert.equal(rig.source.member.generation, -1);
  });
});

describe('KafkaSource, running', () => {
  it('commits at each interval, and when it is asked to', async () => {
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    epoch?.handle(12n);
    rig.source.requestCommit();
    await turn();
    assert.equal(rig.logs.committed.get('orders/0'), 12n);
    epoch?.handle(13n);
    rig.clock.advance(1000);
    await turn();
    assert.equal(rig.logs.committed.get('orders/0'), 13n);
    const [commit] = rig.cluster.coordinator.of('OffsetCommit');
    assert.equal(
      commit?.body.partitions[0]?.metadata,
      'millrace/1 {"by":"test-1","topic":"","epoch":-1}',
    );
    assert.deepEqual(rig.source.commits, { ok: 2, failed: 0 });
  });

  it('fetches at once when it is told that there is room', async () => {
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    const broker = rig.cluster.broker(1);
    if (epoch) epoch.roomBytes = 0;
    broker.open('Fetch').answer(answers.fetch([]));
    await turn();
    if (epoch) epoch.roomBytes = 1000;
    rig.source.wake();
    await turn();
    assert.equal(broker.open('Fetch').body.partitions.length, 1);
  });

  it('stays a member by the answers to its commits', async () => {
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    for (let offset = 11n; offset < 15n; offset++) {
      rig.clock.advance(20_000);
      epoch?.handle(offset);
      rig.source.requestCommit();
      await turn();
    }
    assert.deepEqual(holds(rig), ['orders/0 running']);
    rig.clock.advance(24_000);
    assert.deepEqual(holds(rig), []);
  });

  it('loses everything when a commit says that the group does not know it', async () => {
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    epoch?.handle(12n);
    rig.logs.errors.set('OffsetCommit', 25);
    rig.source.requestCommit();
    await turn();
    assert.deepEqual([holds(rig), epoch?.isOpen], [[], false]);
  });

  it('knows for how long no broker has answered', async () => {
    const rig = new SourceRig();
    await rig.start(0);
    rig.clock.advance(700);
    assert.equal(rig.source.silentMs, 700);
    rig.cluster.broker(1).open('Fetch').answer(answers.fetch([]));
    await turn();
    assert.equal(rig.source.silentMs, 0);
  });

  it('looks every 5 s for the ends of what it holds, also of what it does not fetch', async () => {
    const rig = new SourceRig();
    await rig.start(0, 1);
    const [held] = rig.source.held;
    if (held) held.state = 'stopped';
    rig.logs.logs.set('orders/0', { start: 0n, end: 500n });
    rig.logs.stableEnds.set('orders/0', 450n);
    rig.clock.advance(4999);
    await turn();
    assert.equal(held?.end, 100n);
    rig.clock.advance(1);
    await turn();
    assert.deepEqual([held?.end, held?.readableEnd, held?.endSeenMs], [500n, 450n, 5000]);
    rig.logs.logs.set('orders/0', { start: 0n, end: 501n });
    rig.clock.advance(5000);
    await turn();
    assert.equal(held?.end, 501n);
  });

  it('goes on where the policy says when its position is out of range', async () => {
    const rig = new SourceRig({ onOffsetLost: 'earliest' });
    const [epoch] = await rig.start(0);
    rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
    const place = { topic: 'orders', partition: 0, error: 1 };
    rig.cluster
      .broker(1)
      .open('Fetch')
      .answer(answers.fetch([place]));
    await turn();
    assert.equal(epoch?.isOpen, false);
    assert.equal(rig.cluster.broker(1).open('Fetch').body.partitions[0]?.offset, 40n);
  });

  it('stops reading a partition that can not be read, and says why', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const rig = new SourceRig();
    await rig.start(0);
    const place = { topic: 'orders', partition: 0, error: 35 };
    rig.cluster
      .broker(1)
      .open('Fetch')
      .answer(answers.fetch([place]));
    await turn();
    assert.deepEqual(holds(rig), ['orders/0 stopped']);
    assert.equal(stopped[0]?.code, 'MR352');
    assert.match(stopped[0]?.message ?? '', /^orders\/0 can't be read: /);
  });

  it('stops reading a partition whose bytes stay corrupt, and says which they are', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const rig = new SourceRig();
    await rig.start(0);
    const set = batch({ records: [record(10)] });
    set[set.length - 1] = 0xff;
    for (let i = 0; i < 3; i++) {
      const place = { topic: 'orders', partition: 0, set };
      rig.cluster
        .broker(1)
        .open('Fetch')
        .answer(answers.fetch([place]));
      await turn();
      rig.clock.advance(200);
      await turn();
    }
    assert.deepEqual(holds(rig), ['orders/0 stopped']);
    assert.equal(stopped[0]?.code, 'MR310');
  });

  it('reports what no waiting mends: a topic or a group that it may not use', async () => {
    const reading = new SourceRig();
    await reading.start(0);
    const place = { topic: 'orders', partition: 0, error: 29 };
    reading.cluster
      .broker(1)
      .open('Fetch')
      .answer(answers.fetch([place]));
    await turn();
    const committing = new SourceRig();
    const [epoch] = await committing.start(0);
    epoch?.handle(12n);
    committing.logs.errors.set('OffsetCommit', 30);
    committing.source.requestCommit();
    await turn();
    const codes = [reading, committing].map(({ fatal }) => fatal.map(({ code }) => code));
    assert.deepEqual(codes, [['MR307'], ['MR306']]);
  });
});

describe('KafkaSource.check', () => {
  it('finds nothing wrong where a start would succeed, without joining', async () => {
    const rig = new SourceRig({}, { sink: SINK });
    assert.deepEqual(await rig.source.check(), []);
    assert.equal(rig.kafka.consumers.length, 1);
    assert.equal(rig.cluster.count('disconnect'), 1);
  });

  it('names everything that is wrong at once', async () => {
    const rig = new SourceRig({}, { sink: SINK });
    rig.cluster.onAddTopics = unknownTopic;
    const wrong = (await rig.source.check()) as { code: string }[];
    assert.deepEqual(
      wrong.map(({ code }) => code),
      ['MR340', 'MR303'],
    );
  });

  it('finds that the group may not be used', async () => {
    const rig = new SourceRig();
    rig.cluster.onFindCoordinator = () => Promise.reject(errorFromCode(30));
    const wrong = (await rig.source.check()) as { code: string }[];
    assert.deepEqual(
      wrong.map(({ code }) => code),
      ['MR306'],
    );
  });

  it('asks for nothing more when no broker answers', async () => {
    const rig = new SourceRig();
    rig.cluster.onConnect = () => Promise.reject(clientError('KafkaJSConnectionError'));
    const wrong = (await rig.source.check()) as { code: string }[];
    assert.deepEqual(
      wrong.map(({ code }) => code),
      ['MR301'],
    );
    assert.equal(rig.cluster.count('coordinator'), 0);
  });
});
