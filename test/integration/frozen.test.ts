import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import type { Execution } from '../support/witness-file.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const RECORDS = 40_000;
const PARTITIONS = 4;

describe('a process that is frozen for longer than its session', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  timeout: 90_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  test('commits nothing for what it has lost when it goes on; nothing is lost, and keys keep their order', async (t) => {
    const topic = await kit.topic(PARTITIONS);
    const group = `${topic}-group`;
    await kit.produce(
      topic,
      Array.from({ length: RECORDS }, (_, i) => ({ key: `k${i % 200}`, value: '' })),
    );
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group,
        options: { ms: 5 },
        keys: 'maxUncommitted: 400\ncommit: { interval: 200ms }\nconcurrency: 16',
        source: 'sessionTimeout: 6s\nheartbeatInterval: 1s',
        top: 'workers: { threads: 1, concurrencyPerThread: 16 }',
      },
      t,
    );
    const first = scene.run();
    await joined(first, 0);
    const second = scene.run();
    await joined(second, 0);
    const by = ({ pid }: CliProcess, partitions?: ReadonlySet<number>): Execution[] =>
      scene.witness.executions.filter(
        (each) => each.pid === pid && (partitions?.has(each.partition) ?? true),
      );
    await until(() => by(second).length > 200);

    const kept = new Set(by(second).map(({ partition }) => partition));
    first.signal('SIGSTOP');
    const moved = new Set(
      [...Array(PARTITIONS).keys()].filter((partition) => !kept.has(partition)),
    );
    assert.ok(moved.size > 0 && kept.size > 0);
    // The second member is past all that the first one can have at hand before that one goes on.
    const started = Math.max(...by(first, moved).map(({ offset }) => offset));
    await until(() => by(second, moved).filter(({ offset }) => offset > started + 500).length > 0);
    const commits = watchCommits(kit, group, topic);
    t.after(() => commits.stop());
    first.signal('SIGCONT');
    await first.line(({ msg }) => msg.startsWith('all partitions are lost without a commit'));
    await joined(first, first.lines.filter(({ msg }) => msg === 'joined the group').length);

    await kit.untilCommitted(topic, group, [...(await kit.ends(topic)).values()]);
    for (const member of [first, second]) {
      member.signal('SIGTERM');
      assert.equal((await member.exit()).code, 0, member.stdout.slice(-3000));
    }
    for (const [partition, offsets] of await commits.stop())
      assert.deepEqual(
        offsets,
        [...offsets].sort((a, b) => Number(a - b)),
        `the commits of partition ${partition} go back`,
      );
    const { witness } = scene;
    witness.assertNothingLost(await kit.ends(topic));
    assertFirstInOrder(witness.executions);
  });
});

/** Resolves with the member's assignment after `count` others. */
async function joined(member: CliProcess, count: number): Promise<void> {
  const joins = () => member.lines.filter(({ msg }) => msg === 'joined the group');
  await member.line(() => joins().length > count);
}

/** Looks at the committed offsets all the time. */
function watchCommits(
  kit: KafkaKit,
  group: string,
  topic: string,
): { stop: () => Promise<Map<number, bigint[]>> } {
  let isOn = true;
  const seen = new Map<number, bigint[]>();
  const look = async (): Promise<void> => {
    while (isOn) {
      for (const [partition, offset] of await kit.committed(group, topic))
        seen.set(partition, [...(seen.get(partition) ?? []), offset]);
    }
  };
  const looking = look();
  return {
    stop: async () => {
      isOn = false;
      await looking;
      return seen;
    },
  };
}

/** What was run for the first time was run in the order of its key. */
function assertFirstInOrder(executions: readonly Execution[]): void {
  const seen = new Set<string>();
  const last = new Map<string, Execution>();
  const sorted = [...executions].sort((a, b) => Number(a.startedNs - b.startedNs));
  for (const execution of sorted) {
    if (seen.has(execution.id)) continue;
    seen.add(execution.id);
    const lane = `${execution.partition}/${execution.key}`;
    const before = last.get(lane);
    assert.ok(
      !before || before.offset < execution.offset,
      `${execution.id} was run after ${before?.id}`,
    );
    last.set(lane, execution);
  }
}
