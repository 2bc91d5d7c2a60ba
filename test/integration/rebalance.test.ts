import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import type { Execution } from '../support/witness-file.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const PARTITIONS = 6;

describe('a group whose members come and go', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** Produces steadily until `stop` is called; records of 60 keys. */
  function load(topic: string): { stop: () => Promise<number> } {
    let isOn = true;
    let count = 0;
    const done = (async () => {
      while (isOn) {
        const messages = Array.from({ length: 40 }, () => ({
          key: `k${count % 60}`,
          value: String(count++),
        }));
        await kit.producer.send({ topic, messages });
        await delay(10);
      }
    })();
    return {
      stop: async () => {
        isOn = false;
        await done;
        return count;
      },
    };
  }

  const joined = (member: CliProcess) => member.line(({ msg }) => msg === 'joined the group');

  test('loses nothing, repeats nothing, keeps the order, and goes on with what does not move', async () => {
    const topic = await kit.topic(PARTITIONS);
    const scene = await Scene.open({
      brokers: kit.brokers,
      topic,
      group: `${topic}-group`,
      options: { ms: 20 },
      keys: 'concurrency: 64',
      top: 'workers: { threads: 1, concurrencyPerThread: 64 }',
    });
    const producing = load(topic);
    const first = scene.run();
    await joined(first);
    await delay(1500);
    const second = scene.run();
    await joined(second);
    await delay(2500);
    const third = scene.run();
    await joined(third);
    await delay(2500);
    const codes: (number | null)[] = [];
    for (const member of [first, second]) {
      member.signal('SIGTERM');
      codes.push((await member.exit()).code);
      await delay(2000);
    }
    await producing.stop();
    third.signal('SIGTERM');
    codes.push((await third.exit()).code);
    const last = scene.run('--until-idle', '500ms');
    codes.push((await last.exit()).code);
    assert.deepEqual(codes, [0, 0, 0, 0]);
    const ends = await kit.ends(topic);
    assert.deepEqual(await kit.committed(`${topic}-group`, topic), ends);
    const { witness } = scene;
    witness.assertNothingLost(ends);
    witness.assertNothingTwice();
    witness.assertOrder(false);
    assertNoPause(witness.executions, first.pid, [second, third]);
    await scene.close();
  });
});

/**
 * While other members joined, the first one went on with the partitions that it kept: none of them had a pause of more than half a
 * second around the moment of a join.
 */
function assertNoPause(
  executions: readonly Execution[],
  pid: number,
  joiners: readonly CliProcess[],
): void {
  const own = executions.filter((each) => each.pid === pid);
  const keptAll = new Set(own.map(({ partition }) => partition));
  for (const joiner of joiners) {
    const others = executions.filter((each) => each.pid === joiner.pid);
    assert.ok(others.length > 0, 'the new member got work');
    const at = others[0]?.startedNs ?? 0n;
    const kept = [...keptAll].filter((partition) =>
      own.some((each) => each.partition === partition && each.startedNs > at),
    );
    assert.ok(kept.length > 0, 'the first member kept partitions');
    for (const partition of kept) {
      const starts = own
        .filter((each) => each.partition === partition)
        .map(({ startedNs }) => startedNs)
        .filter((start) => start > at - 1_500_000_000n && start < at + 1_000_000_000n)
        .sort((a, b) => Number(a - b));
      const gaps = starts.slice(1).map((start, i) => Number(start - (starts[i] as bigint)) / 1e6);
      assert.ok(
        Math.max(...gaps) < 500,
        `partition ${partition} paused for ${Math.max(...gaps)} ms`,
      );
    }
  }
}
