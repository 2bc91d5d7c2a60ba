import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess, LogEntry } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import type { Execution } from '../support/witness-file.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('an attempt that fails', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 3,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** A topic of one partition with a record for each order to the handler, and a pipeline for it. */
  async function open(
    t: TestContext,
    orders: readonly (readonly [key: string, value: unknown])[],
    keys: string,
    deserialize = '{ key: string, value: string }',
  ): Promise<Opened> {
    const topic = await kit.topic(1);
    const group = `${topic}-group`;
    await kit.produce(
      topic,
      orders.map(([key, value]) => ({
        key,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      })),
    );
    const setting = { brokers: kit.brokers, topic, group, handler: 'scripted.mjs', keys };
    return { scene: await Scene.open({ ...setting, deserialize }, t), topic, group };
  }

  /** Runs until nothing is left; everything is committed then. */
  async function toEnd({ scene, topic, group }: Opened): Promise<CliProcess> {
    const member = scene.run('--until-idle', '300ms');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout + member.stderr);
    assert.deepEqual(await kit.committed(group, topic), await kit.ends(topic));
    return member;
  }

  test('is made again after growing pauses, then its key is halted, loudly, and the other keys go on', async (t) => {
    const opened = await open(
      t,
      [
        ['good', {}],
        ['bad', { fail: 9 }],
        ['good', {}],
        ['bad', {}],
        ['good', {}],
      ],
      'retry: { maxAttempts: 3, backoff: { initial: 150ms, factor: 2, jitter: 0 } }',
    );
    const { scene, topic, group } = opened;
    const member = scene.run();
    const halted = await member.line(({ msg }) => /its lane is halted/.test(msg));
    const { level, partition, offset, attempt, kind, error } = halted;
    assert.deepEqual(
      { level, partition, offset, attempt, kind },
      { level: 'error', partition: 0, offset: '1', attempt: 3, kind: 'error' },
    );
    assert.match(JSON.stringify(error), /RangeError.*attempt 3 of 1 fails/);
    const tries = executionsOf(scene, '0/1');
    assert.deepEqual(
      tries.map((each) => each.attempt),
      [1, 2, 3],
    );
    assertPauses(tries, [150, 300]);
    await until(() => scene.witness.ends.has('0/4'));
    await kit.untilCommitted(topic, group, [1n]);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout);
    assert.deepEqual(await kit.committed(group, topic), new Map([[0, 1n]]));
    assert.deepEqual(executionsOf(scene, '0/3'), []);

    const next = scene.run('--until-idle', '300ms', '--set', 'pipelines.scene.options.mended=true');
    assert.equal((await next.exit()).code, 0, next.stdout);
    assert.equal(executionsOf(scene, '0/1').at(-1)?.attempt, 1);
    assert.deepEqual(await kit.committed(group, topic), new Map([[0, 5n]]));
    scene.witness.assertNothingLost(await kit.ends(topic));
    scene.witness.assertOrder(true);
  });

  test('is dropped after the last one where onFailure says so, and what is behind it goes on', async (t) => {
    const opened = await open(
      t,
      [
        ['bad', { fail: 9 }],
        ['bad', {}],
      ],
      'onFailure: drop\nretry: { maxAttempts: 2, backoff: { initial: 10ms } }',
    );
    const member = await toEnd(opened);
    assert.deepEqual(attemptsOf(opened.scene, '0/0'), [1, 2]);
    assert.deepEqual([...opened.scene.witness.ends.keys()], ['0/1']);
    assert.equal(failures(member, /is dropped/)[0]?.['offset'], '0');
    assert.deepEqual(totals(member), { handled: 1, skipped: 0, dropped: 1 });
  });

  test('with ctx.skip is none: the record counts as skipped', async (t) => {
    const opened = await open(
      t,
      [
        ['a', { skip: true }],
        ['a', {}],
      ],
      '',
    );
    const member = await toEnd(opened);
    assert.deepEqual(attemptsOf(opened.scene, '0/0'), [1]);
    assert.deepEqual(totals(member), { handled: 1, skipped: 1, dropped: 0 });
    assert.deepEqual(failures(member, /fail/), []);
  });

  test('with a NonRetryableError is the last one', async (t) => {
    const opened = await open(t, [['a', { fatal: true }]], 'onFailure: drop');
    const member = await toEnd(opened);
    assert.deepEqual(attemptsOf(opened.scene, '0/0'), [1]);
    assert.match(JSON.stringify(failures(member, /is dropped/)), /not worth another try/);
  });

  test('with an error that retry.notOn names is the last one', async (t) => {
    const opened = await open(
      t,
      [['a', { fail: 1 }]],
      'onFailure: drop\nretry: { notOn: [RangeError] }',
    );
    await toEnd(opened);
    assert.deepEqual(attemptsOf(opened.scene, '0/0'), [1]);
  });

  test('with a RetryableError, or ctx.retry, is made again when the handler says', async (t) => {
    const opened = await open(
      t,
      [
        ['a', { after: '400ms' }],
        ['b', { retry: 300 }],
      ],
      'retry: { backoff: { initial: 1ms, max: 2ms } }',
    );
    await toEnd(opened);
    assertPauses(executionsOf(opened.scene, '0/0'), [400]);
    assertPauses(executionsOf(opened.scene, '0/1'), [300]);
  });

  test('at JSON that is none is not made: the handler never sees the record', async (t) => {
    const opened = await open(
      t,
      [
        ['a', '{"half":'],
        ['b', {}],
      ],
      'onFailure: drop',
      '{ key: string, value: json }',
    );
    const member = await toEnd(opened);
    assert.deepEqual([...opened.scene.witness.ends.keys()], ['0/1']);
    const [failure] = failures(member, /is dropped/);
    assert.equal(failure?.['kind'], 'deserialize');
    assert.equal(failure['offset'], '0');
    assert.equal(failure['attempt'], 1);
  });

  test('because it takes too long aborts its signal, and the other keys go on meanwhile', async (t) => {
    const opened = await open(
      t,
      [
        ['slow', { hang: true }],
        ['other', {}],
      ],
      'timeout: 400ms\nonFailure: drop\nretry: { maxAttempts: 2, backoff: { initial: 10ms } }',
    );
    const member = await toEnd(opened);
    const { scene } = opened;
    const [first, second] = executionsOf(scene, '0/0');
    const [other] = executionsOf(scene, '0/1');
    assert.ok(first && second && other?.endedNs);
    assert.ok(other.endedNs < second.startedNs, 'the other key was held up');
    const notes = readFileSync(`${scene.witnessFile}.notes`, 'utf8').trim().split('\n');
    assert.deepEqual(
      notes.map((line) => JSON.parse(line) as object),
      [1, 2].map((attempt) => ({
        topic: opened.topic,
        partition: 0,
        offset: '0',
        attempt,
        aborted: 'timeout',
      })),
    );
    assert.equal(failures(member, /is dropped/)[0]?.['kind'], 'timeout');
  });
});

interface Opened {
  readonly scene: Scene;
  readonly topic: string;
  readonly group: string;
}

/** Runs of a record, in their order. */
const executionsOf = ({ witness }: Scene, id: string): Execution[] =>
  witness.executions.filter((each) => each.id === id);

const attemptsOf = (scene: Scene, id: string): number[] =>
  executionsOf(scene, id).map(({ attempt }) => attempt);

/** The pauses between the runs are at least so long, in ms. Timers may be a millisecond early. */
function assertPauses(runs: readonly Execution[], atLeastMs: readonly number[]): void {
  const pauses = runs.slice(1).map(({ startedNs }, i) => {
    const before = runs[i] as Execution;
    return Number(startedNs - before.startedNs) / 1e6;
  });
  assert.equal(pauses.length, atLeastMs.length);
  for (const [i, ms] of atLeastMs.entries())
    assert.ok((pauses[i] as number) >= ms - 1, `pause ${i} was ${pauses[i]} ms, not ${ms}`);
}

/** Lines about records that failed. */
const failures = ({ lines }: CliProcess, text: RegExp): LogEntry[] =>
  lines.filter(({ msg }) => text.test(msg));

function totals({ lines }: CliProcess): object {
  const line = lines.find(({ msg }) => msg.startsWith('stopped:'));
  assert.ok(line);
  const { handled, skipped, dropped } = line;
  return { handled, skipped, dropped };
}
