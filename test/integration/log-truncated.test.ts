import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { batchOf } from '../support/broker-batches.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const TOPIC = 'orders';

/** A topic of 20 records, the first 12 of which are in the log of the leader that is elected later, and a pipeline that reads it. */
async function open(t: TestContext, source: string) {
  const broker = await EmbeddedBroker.start({
    topics: { [TOPIC]: 1 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  t.after(() => broker.close());
  for (let i = 0; i < 10; i++) broker.produce(TOPIC, 0, batchOf(2));
  const scene = await Scene.open(
    { brokers: broker.bootstrap, topic: TOPIC, group: 'g', source },
    t,
  );
  return { broker, scene };
}

/** Another leader, without the records from 12 on, takes five of its own. */
function elect(broker: EmbeddedBroker): void {
  broker.truncate(TOPIC, 0, 12n);
  broker.produce(TOPIC, 0, batchOf(10));
}

const offsetsOf = (scene: Scene): number[] =>
  scene.witness.executions
    .filter(({ endedNs }) => endedNs !== null)
    .map(({ id }) => Number(id.slice(2)))
    .sort((a, b) => a - b);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

describe('a log that is cut below what was read', { timeout: 60_000 }, () => {
  test('while it is read: what came in its place is handled under onOffsetLost earliest, and nothing else again', async (t) => {
    const { broker, scene } = await open(t, 'onOffsetLost: earliest');
    const member = scene.run();
    await until(() => scene.witness.ends.size === 20);
    elect(broker);
    await until(() => offsetsOf(scene).length === 30);
    assert.deepEqual(
      offsetsOf(scene),
      [...range(0, 20), ...range(12, 22)].sort((a, b) => a - b),
    );
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.match(member.stdout, /the log was cut/);
  });

  test('while it is read: the partition stops by the default policy, and names what is gone', async (t) => {
    const { broker, scene } = await open(t, '');
    const member = scene.run();
    await until(() => scene.witness.ends.size === 20);
    elect(broker);
    const stopped = await member.line(({ msg }) =>
      msg.startsWith('partition is not read any more'),
    );
    assert.match(stopped.msg, /what was read from 12 to 20 is not in it any more/);
    assert.deepEqual(offsetsOf(scene), range(0, 20));
  });

  test('between two runs: the committed offset is inside the new log, and not taken for one of it', async (t) => {
    const { broker, scene } = await open(t, 'onOffsetLost: earliest');
    const first = scene.run('--until-idle', '100ms');
    assert.equal((await first.exit()).code, 0, first.stdout + first.stderr);
    elect(broker);
    const second = scene.run('--until-idle', '100ms');
    assert.equal((await second.exit()).code, 0, second.stdout + second.stderr);
    assert.deepEqual(
      offsetsOf(scene),
      [...range(0, 20), ...range(12, 22)].sort((a, b) => a - b),
    );
  });
});
