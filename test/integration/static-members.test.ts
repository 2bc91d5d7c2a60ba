import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess, LogEntry } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { SHORT_SESSION } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const PARTITIONS = 6;
/** Longer than a restart takes on a busy machine. */
const LONG_SESSION = 'sessionTimeout: 20s\nheartbeatInterval: 500ms';

describe('static members of a group', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** A topic with a load to come, and a pipeline whose processes are told their instance id by `start`. */
  async function open(t: TestContext, source: string): Promise<Loaded> {
    const topic = await kit.topic(PARTITIONS);
    const group = `${topic}-group`;
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group,
        options: { ms: 5 },
        keys: 'concurrency: 64',
        source,
        top: 'workers: { threads: 1, concurrencyPerThread: 64 }',
      },
      t,
    );
    const load = new Load(kit, topic);
    t.after(() => load.stop());
    return { topic, group, scene, load };
  }

  /** A process with this instance id that has joined. */
  async function start({ scene }: Loaded, instanceId: string): Promise<CliProcess> {
    const member = scene.run(
      '--set',
      `pipelines.scene.source.instanceId=${instanceId}`,
      '--log-level',
      'debug',
    );
    await member.line(isJoined);
    return member;
  }

  async function stop(member: CliProcess): Promise<void> {
    member.signal('SIGTERM');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout.slice(-2000) + member.stderr);
  }

  /** Stops the load, waits until all of it is committed, and stops the members. */
  async function finish(
    { topic, group, scene, load }: Loaded,
    members: readonly CliProcess[],
  ): Promise<void> {
    await load.stop();
    const ends = await kit.ends(topic);
    await kit.untilCommitted(topic, group, [...ends.values()]);
    for (const member of members) await stop(member);
    assert.deepEqual(await kit.committed(group, topic), ends);
    scene.witness.assertNothingLost(ends);
  }

  /** Members of the group as the broker counts them. */
  async function size(group: string): Promise<number> {
    const { groups } = await kit.admin.describeGroups([group]);
    return groups[0]?.members.length ?? 0;
  }

  /** Resolves when `member` has started on records since this call. */
  const works = ({ scene }: Loaded, { pid }: CliProcess): Promise<void> => {
    const done = (): number => scene.witness.executions.filter((each) => each.pid === pid).length;
    const before = done();
    return until(() => Promise.resolve(done() > before));
  };

  test('take their partitions up again after a restart, without a rebalance, the leader too', async (t) => {
    const loaded = await open(t, LONG_SESSION);
    const members = new Map<string, CliProcess>();
    for (const id of ['a', 'b']) members.set(id, await start(loaded, id));
    const [a, b] = [...members.values()] as [CliProcess, CliProcess];
    await until(() => hasHandedOver(a, PARTITIONS / 2) && generationOf(a) === generationOf(b));
    loaded.load.start();
    const settled = (member: CliProcess): LogEntry =>
      member.lines.filter(isJoined).at(-1) as LogEntry;
    const { generation } = settled(b);
    const shares = new Map([
      ['b', b.lines.filter(isJoined).flatMap(added).sort()],
      ['a', [0, 1, 2, 3, 4, 5].map((i) => `${loaded.topic}/${i}`)],
    ]);
    shares.set('a', shares.get('a')?.filter((name) => !shares.get('b')?.includes(name)) ?? []);
    // The first to join leads, at least at its first restart.
    for (const id of ['a', 'b', 'a']) {
      const old = members.get(id) as CliProcess;
      const [other] = [...members].filter(([name]) => name !== id).map(([, member]) => member);
      const joins = other?.lines.filter(isJoined).length;
      await stop(old);
      assert.equal(await size(loaded.group), 2, 'it stays in the group');
      const again = await start(loaded, id);
      members.set(id, again);
      const joined = settled(again);
      assert.equal(joined['generation'], generation);
      assert.deepEqual(added(joined).sort(), shares.get(id));
      await works(loaded, again);
      assert.equal(
        other?.lines.filter(isJoined).length,
        joins,
        'the other one does not join again',
      );
    }
    // The group can still be dealt anew, by a leader that was not told that it leads.
    members.set('c', await start(loaded, 'c'));
    await works(loaded, members.get('c') as CliProcess);
    await finish(loaded, [...members.values()]);
    loaded.scene.witness.assertNothingTwice();
    loaded.scene.witness.assertOrder(false);
  });

  test('fence the one that has their instance id: it ends with 1 and names it, and nothing is lost', async (t) => {
    const loaded = await open(t, LONG_SESSION);
    loaded.load.start();
    const first = await start(loaded, 'pod-0');
    const other = await start(loaded, 'pod-1');
    await other.line((entry) => isJoined(entry) && added(entry).length === PARTITIONS / 2);
    await works(loaded, first);
    const second = await start(loaded, 'pod-0');
    const { code } = await first.exit();
    assert.equal(code, 1, first.stdout.slice(-2000));
    const told = first.lines.find(({ code: its }) => its === 'MR309');
    assert.match(told?.msg ?? '', /instanceId "pod-0"/);
    assert.deepEqual(
      [told?.level, told?.['instanceId'], told?.['groupId'], told?.['pipeline']],
      ['fatal', 'pod-0', loaded.group, 'scene'],
    );
    await works(loaded, second);
    await works(loaded, other);
    assert.equal(second.isRunning, true);
    await finish(loaded, [second, other]);
  });

  test('get partitions that their topic got while they were away', async (t) => {
    const loaded = await open(t, `${LONG_SESSION}\ndiscoveryInterval: 1s`);
    loaded.load.start();
    await stop(await start(loaded, 'a'));
    await kit.admin.createPartitions({
      topicPartitions: [{ topic: loaded.topic, count: PARTITIONS + 1 }],
    });
    const again = await start(loaded, 'a');
    await again.line((entry) => isJoined(entry) && added(entry).includes(`${loaded.topic}/6`));
    await finish(loaded, [again]);
    loaded.scene.witness.assertNothingTwice();
  });

  for (const [how, end] of [
    ['stopped', stop],
    ['killed', (member: CliProcess) => member.kill()],
  ] as const) {
    test(`lose their partitions to the others when they are ${how} and not back within the session timeout`, async (t) => {
      const loaded = await open(t, SHORT_SESSION);
      loaded.load.start();
      const gone = await start(loaded, 'a');
      const left = await start(loaded, 'b');
      await left.line((entry) => isJoined(entry) && added(entry).length === PARTITIONS / 2);
      await works(loaded, gone);
      await end(gone);
      await left.line(
        (entry) =>
          isJoined(entry) &&
          added(entry).length === PARTITIONS / 2 &&
          entry['kept'] === PARTITIONS / 2,
      );
      await finish(loaded, [left]);
      if (how === 'stopped') loaded.scene.witness.assertNothingTwice();
    });
  }
});

interface Loaded {
  readonly topic: string;
  readonly group: string;
  readonly scene: Scene;
  readonly load: Load;
}

const isJoined = ({ msg }: LogEntry): boolean => msg === 'joined the group';
const added = (entry: LogEntry): string[] => [...(entry['added'] as string[])];

const generationOf = (member: CliProcess): unknown =>
  member.lines.filter(isJoined).at(-1)?.['generation'];

/** Whether a member has given up so many partitions and has told the group since, which has dealt anew. */
function hasHandedOver({ lines }: CliProcess, count: number): boolean {
  const messages = lines.map(({ msg }) => msg);
  const [given, asked, joined] = [
    'partition given up',
    'the group rebalances',
    'joined the group',
  ].map((msg) => messages.lastIndexOf(msg)) as [number, number, number];
  const all = messages.filter((msg) => msg === 'partition given up').length;
  return all === count && given < asked && asked < joined;
}

/** Produces steadily from its start until it is stopped; records of 60 keys. */
class Load {
  readonly #kit: KafkaKit;
  readonly #topic: string;
  #isOn = true;
  #done: Promise<void> = Promise.resolve();

  constructor(kit: KafkaKit, topic: string) {
    this.#kit = kit;
    this.#topic = topic;
  }

  start(): void {
    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#isOn = false;
    return this.#done;
  }

  async #run(): Promise<void> {
    for (let count = 0; this.#isOn; ) {
      const messages = Array.from({ length: 20 }, () => ({
        key: `k${count % 60}`,
        value: String(count++),
      }));
      await this.#kit.producer.send({ topic: this.#topic, messages });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
