import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { IS_LONG, SHORT_SESSION } from '../support/test-cluster.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const STOPS = IS_LONG ? 50 : 6;
const KILLS = IS_LONG ? 20 : 3;
const RECORDS = 50_000;
const PARTITIONS = 8;
const MAX_UNCOMMITTED = 500;

describe('a member that is stopped', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** A topic of keyed records and a pipeline that takes some seconds for it. */
  async function open(): Promise<Loaded> {
    const topic = await kit.topic(PARTITIONS);
    const group = `${topic}-group`;
    const messages = Array.from({ length: RECORDS }, (_, i) => ({
      key: `k${i % 500}`,
      value: String(i),
    }));
    await kit.produce(topic, messages);
    const opened = await Scene.open({
      brokers: kit.brokers,
      topic,
      group,
      options: { ms: 2 },
      keys: `maxUncommitted: ${MAX_UNCOMMITTED}\nconcurrency: 32`,
      source: SHORT_SESSION,
      top: 'workers: { threads: 2, concurrencyPerThread: 16 }\nshutdown: { timeout: 15s }',
    });
    return { scene: opened, topic, group };
  }

  /** Runs members one after another until everything is committed; `end` ends each at a random moment. */
  async function untilDone(
    { scene, topic, group }: Loaded,
    times: number,
    end: (member: CliProcess) => Promise<void>,
  ): Promise<void> {
    const spanMs = 6000 / times;
    for (let i = 0; i < times; i++) {
      const member = scene.run();
      await member.line(({ msg }) => msg === 'running');
      await delay(Math.random() * spanMs * 2);
      await end(member);
    }
    const last = scene.run('--until-idle', '500ms');
    assert.equal((await last.exit()).code, 0);
    const ends = await kit.ends(topic);
    assert.deepEqual(sorted(await kit.committed(group, topic)), sorted(ends));
    scene.witness.assertNothingLost(ends);
  }

  test(`loses nothing and repeats nothing over ${STOPS} SIGTERMs at random moments`, async () => {
    const each = await open();
    await untilDone(each, STOPS, async (member) => {
      member.signal('SIGTERM');
      const { code, elapsedMs } = await member.exit();
      assert.equal(code, 0, member.stdout.slice(-2000) + member.stderr);
      assert.ok(elapsedMs < 15_000);
    });
    each.scene.witness.assertNothingTwice();
    each.scene.witness.assertOrder(false);
    await each.scene.close();
  });

  test(`loses nothing and repeats at most maxUncommitted per partition over ${KILLS} kill -9`, async () => {
    const each = await open();
    const repeats: number[] = [];
    let before = 0;
    await untilDone(each, KILLS, async (member) => {
      member.signal('SIGKILL');
      await member.exit();
      // No commit may be above a record that was not handled to its end.
      const handled = each.scene.witness.ends;
      for (const [partition, committed] of await kit.committed(each.group, each.topic)) {
        for (let offset = 0; offset < Number(committed); offset++) {
          assert.ok(
            handled.has(`${partition}/${offset}`),
            `${partition}/${offset} is committed and was not handled`,
          );
        }
      }
      const twice = each.scene.witness.twice.length;
      repeats.push(twice - before);
      before = twice;
    });
    const byPartition = new Map<number, number>();
    for (const { partition } of each.scene.witness.executions) byPartition.set(partition, 0);
    for (const count of repeats)
      assert.ok(count <= MAX_UNCOMMITTED * PARTITIONS, `${count} records twice after one kill`);
    each.scene.witness.assertOrder(true);
    await each.scene.close();
  });
});

interface Loaded {
  readonly scene: Scene;
  readonly topic: string;
  readonly group: string;
}

const sorted = (map: ReadonlyMap<number, bigint>): [number, bigint][] =>
  [...map].sort(([a], [b]) => a - b);
