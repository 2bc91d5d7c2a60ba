import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { IS_LONG, noCluster, startCluster, type TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const PARTITIONS = 6;

describe('a cluster of three brokers', {
  skip: noCluster,
  timeout: 180_000,
}, () => {
  let server: TestCluster;
  let kit: KafkaKit;
  before(async () => {
    server = await startCluster(3);
    kit = await KafkaKit.connect(server.brokers);
  });
  after(async () => {
    await kit.close();
    await server.stop();
  });

  /** A member that handles, and copies to a sink, what is produced all the time. */
  async function open(t: TestContext): Promise<Running> {
    const [topic, sink] = [await kit.topic(PARTITIONS), await kit.topic(PARTITIONS)];
    const group = `${topic}-group`;
    const scene = await Scene.open(
      {
        brokers: server.brokers,
        topic,
        group,
        handler: 'sinking.mjs',
        keys: `sink: { topic: ${sink} }`,
      },
      t,
    );
    const member = scene.run();
    await member.line(({ msg }) => msg === 'joined the group');
    const load = produceSteadily(kit, topic);
    t.after(() => load.stop());
    await until(() => scene.witness.ends.size > 200);
    return { scene, member, topic, sink, group, load };
  }

  /** Records of every partition are begun after now, and handled. */
  async function goesOn({ scene }: Running): Promise<void> {
    const nowNs = process.hrtime.bigint();
    await until(() => {
      const fresh = scene.witness.executions.filter((each) => each.startedNs > nowNs);
      const ended = fresh.filter(({ endedNs }) => endedNs !== null);
      return new Set(ended.map(({ partition }) => partition)).size === PARTITIONS;
    }, 60_000);
  }

  /** Everything was handled once, is in the sink and committed, and the process ends well. */
  async function assertWhole({ scene, member, topic, sink, group, load }: Running): Promise<void> {
    await load.stop();
    const ends = await kit.ends(topic);
    await kit.untilCommitted(topic, group, [...ends.values()]);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout.slice(-4000) + member.stderr);
    const { witness } = scene;
    witness.assertNothingLost(ends);
    const lost = member.lines.filter(({ msg }) => msg.startsWith('all partitions are lost'));
    assert.deepEqual(lost, [], 'the lease lasts over the change of the coordinator');
    witness.assertNothingTwice();
    witness.assertOrder(false);
    const copied = new Set((await kit.read(sink)).map(({ value }) => JSON.parse(value) as string));
    const missing = [...witness.ends.keys()].filter((id) => !copied.has(id));
    assert.deepEqual(missing, [], 'what is committed is in the sink');
    const joins = member.lines.filter(({ msg }) => msg === 'joined the group');
    const memberIds = new Set(joins.map(({ memberId }) => memberId));
    assert.equal(memberIds.size, 1, 'the member stays in its group');
  }

  test('loses its brokers one after another by force, leaders and coordinator: nothing is lost or handled twice', async (t) => {
    const running = await open(t);
    for (const number of [1, 2, 3]) {
      await server.kill(number);
      await goesOn(running);
      await server.restart(number);
      await untilInSync(kit, [running.topic, running.sink]);
    }
    await assertWhole(running);
  });

  test('is restarted broker by broker: nothing is lost or handled twice', async (t) => {
    const running = await open(t);
    for (const number of [1, 2, 3]) {
      await server.shutDown(number);
      await server.restart(number);
      await untilInSync(kit, [running.topic, running.sink]);
    }
    await goesOn(running);
    await assertWhole(running);
  });
});

interface Running {
  readonly scene: Scene;
  readonly member: CliProcess;
  readonly topic: string;
  readonly sink: string;
  readonly group: string;
  readonly load: { stop: () => Promise<void> };
}

/** Produces keyed records until it is stopped. What can't be produced while brokers are away is left out. */
function produceSteadily(kit: KafkaKit, topic: string): { stop: () => Promise<void> } {
  let isOn = true;
  let count = 0;
  const loading = (async () => {
    while (isOn) {
      const messages = Array.from({ length: 20 }, () => ({
        key: `k${count++ % 60}`,
        value: 'steady',
      }));
      await kit.producer.send({ topic, messages }).catch(() => {});
      await delay(20);
    }
  })();
  return {
    stop: async () => {
      isOn = false;
      await loading;
    },
  };
}

/** Resolves when all replicas of the topics, and of the group's offsets, follow their leaders. */
async function untilInSync({ admin }: KafkaKit, topics: readonly string[]): Promise<void> {
  const all = IS_LONG ? [...topics, '__consumer_offsets'] : topics;
  await until(async () => {
    const found = await admin.fetchTopicMetadata({ topics: [...all] }).catch(() => null);
    const partitions = found?.topics.flatMap((each) => each.partitions) ?? [];
    return partitions.length > 0 && partitions.every(({ isr }) => isr.length === 3);
  }, 60_000);
}
