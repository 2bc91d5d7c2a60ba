import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { noCluster, startCluster, type TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

describe('a broker that falls silent', {
  skip: noCluster,
  timeout: 120_000,
}, () => {
  let server: TestCluster;
  let kit: KafkaKit;
  before(async () => {
    server = await startCluster();
    kit = await KafkaKit.connect(server.brokers);
  });
  after(async () => {
    server.thaw(1);
    await kit.close();
    await server.stop();
  });

  interface Running {
    readonly scene: Scene;
    readonly member: CliProcess;
    readonly topic: string;
  }

  /** A member that has committed ten records. */
  async function open(t: TestContext): Promise<Running> {
    const topic = await kit.topic(1);
    const scene = await Scene.open(
      {
        brokers: server.brokers,
        topic,
        group: `${topic}-group`,
        handler: 'scripted.mjs',
        top: 'shutdown: { timeout: 4s }',
        keys: 'rebalance: { drainTimeout: 1s }',
      },
      t,
    );
    const member = scene.run();
    await member.line(({ msg }) => msg === 'joined the group');
    await kit.produce(topic, records(10));
    await kit.untilCommitted(topic, `${topic}-group`, [10n]);
    return { scene, member, topic };
  }

  test('a stop still ends in time, with 0 when all is committed', async (t) => {
    const { member } = await open(t);
    server.freeze(1);
    t.after(() => server.thaw(1));
    member.signal('SIGTERM');
    const { code, elapsedMs } = await member.exit();
    assert.ok(elapsedMs < 4500, `it took ${elapsedMs} ms`);
    assert.equal(code, 0, member.stdout + member.stderr);
  });

  test('a stop still ends in time, with 75 and the range whose commit got no answer', async (t) => {
    const { scene, member, topic } = await open(t);
    await kit.produce(topic, [{ key: 'slow', value: '{"waitMs":1500}' }]);
    await until(() => scene.witness.executions.length === 11);
    server.freeze(1);
    t.after(() => server.thaw(1));
    await until(() => scene.witness.ends.has('0/10'));
    member.signal('SIGTERM');
    const { code, elapsedMs } = await member.exit();
    assert.ok(elapsedMs < 4500, `it took ${elapsedMs} ms`);
    assert.equal(code, 75, member.stdout + member.stderr);
    const line = member.lines.find(({ msg }) => msg === 'abandoned');
    assert.ok(line, member.stdout);
    const { partition, from, to, unfinished } = line;
    assert.deepEqual(
      { partition, from, to, unfinished },
      { partition: 0, from: '10', to: '11', unfinished: 0 },
    );
  });

  test('a start that finds it silent ends in time when it is told to', async (t) => {
    const topic = await kit.topic(1);
    const scene = await Scene.open(
      {
        brokers: server.brokers,
        topic,
        group: `${topic}-group`,
        top: 'shutdown: { timeout: 4s }',
        keys: 'rebalance: { drainTimeout: 1s }',
        http: '{ port: 0 }',
      },
      t,
    );
    server.freeze(1);
    t.after(() => server.thaw(1));
    const member = scene.run();
    await member.line(({ msg }) => msg === 'listening');
    member.signal('SIGTERM');
    const { code, elapsedMs } = await member.exit();
    assert.ok(elapsedMs < 4500, `it took ${elapsedMs} ms`);
    assert.equal(code, 0, member.stdout + member.stderr);
  });

  test('what is handled goes on where it was when it speaks again, and nothing is handled twice', async (t) => {
    const { scene, member, topic } = await open(t);
    const producing = kit.produce(topic, records(2000));
    await until(() => scene.witness.ends.size > 10);
    server.freeze(1);
    t.after(() => server.thaw(1));
    // Longer than a request may take, shorter than the session: the member is kept.
    await until(() => member.lines.some(({ msg }) => msg.startsWith('kafka client:')));
    server.thaw(1);
    await producing;
    await kit.untilCommitted(topic, `${topic}-group`, [2010n]);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout);
    scene.witness.assertNothingLost(await kit.ends(topic));
    scene.witness.assertNothingTwice();
  });
});

const records = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i % 7}`, value: '{}' }));
