import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const top = 'shutdown: { timeout: 3s }';
const keys = 'rebalance: { drainTimeout: 1s }';

describe('an order to stop before the member is ready', { timeout: 60_000 }, () => {
  test('ends a process that waits for its brokers with 0: there is nothing to abandon', async (t) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const scene = await Scene.open(
      { brokers: `127.0.0.1:${port}`, topic: 'orders', group: 'orders', top, keys },
      t,
    );
    const asked = once(server, 'connection');
    const member = scene.run();
    await asked;
    member.signal('SIGTERM');
    const { code, elapsedMs } = await member.exit();
    assert.equal(code, 0, member.stdout + member.stderr);
    assert.ok(elapsedMs < 3500, `it took ${elapsedMs} ms`);
  });

  describe('in a group', { skip: brokers === null && 'no Kafka: set KAFKA_BROKERS' }, () => {
    let kit: KafkaKit;
    before(async () => {
      kit = await KafkaKit.connect(brokers as string);
    });
    after(() => kit.close());

    test('ends a process that waits for the other members with 0', async (t) => {
      const topic = await kit.topic(2);
      const group = `${topic}-group`;
      const scene = await Scene.open({ brokers: kit.brokers, topic, group, top, keys }, t);
      const first = scene.run();
      await first.line(({ msg }) => msg === 'joined the group');
      // The group waits for its answer to the second member, up to the session timeout.
      first.signal('SIGSTOP');
      const second = scene.run();
      await until(async () => (await stateOf(kit, group)) === 'PreparingRebalance');
      second.signal('SIGTERM');
      const { code, elapsedMs } = await second.exit();
      assert.equal(code, 0, second.stdout + second.stderr);
      assert.ok(elapsedMs < 3500, `it took ${elapsedMs} ms`);
      assert.ok(!second.lines.some(({ msg }) => msg === 'joined the group'));
    });
  });
});

async function stateOf({ admin }: KafkaKit, groupId: string): Promise<string | undefined> {
  return (await admin.describeGroups([groupId])).groups[0]?.state;
}
