import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type ParsedSeries, parseExposition } from '../observe/parse-exposition.ts';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const SECRET = 'correct-horse-battery';

describe('the HTTP port', { concurrency: 2, timeout: 60_000 }, () => {
  test('says while the process starts that it lives and is not ready, and tells no secret', async (t) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const folder = await projectOf(t, {
      'handler.mjs': 'export default () => {};',
      'secret.txt': SECRET,
      'millrace.yaml': `version: 1
kafka:
  brokers: "127.0.0.1:${port}"
  sasl: { mechanism: plain, username: user, password: "\${file:secret.txt}" }
http: { port: 0 }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.mjs
`,
    });
    const member = CliProcess.of(t, ['run', '--log-level', 'trace'], { cwd: folder });
    const url = await urlOf(member);
    const answers = await probes(url);
    assert.deepEqual(answers, { live: 200, ready: 503, startup: 503 });
    const pages = await Promise.all(
      ['/metrics', '/healthz/live', '/healthz/ready', '/healthz/startup', '/', '/nothing'].map(
        (path) => fetch(url + path).then((response) => response.text()),
      ),
    );
    parseExposition(pages[0] as string);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout);
    assert.doesNotMatch(pages.join() + member.stdout + member.stderr, new RegExp(SECRET));
  });

  describe('of a member', { skip: brokers === null && 'no Kafka: set KAFKA_BROKERS' }, () => {
    let kit: KafkaKit;
    before(async () => {
      kit = await KafkaKit.connect(brokers as string);
    });
    after(() => kit.close());

    test('answers its probes, names what it counts, and sees the lag go', async (t) => {
      const topic = await kit.topic(2);
      await kit.produce(topic, [
        { partition: 0, key: 'a', value: '{}' },
        { partition: 0, key: 'b', value: '{"skip":true}' },
        { partition: 0, key: 'c', value: '{"fail":1}' },
        { partition: 1, key: 'd', value: '{"fail":9}' },
      ]);
      const scene = await Scene.open(
        {
          brokers: kit.brokers,
          topic,
          group: `${topic}-group`,
          handler: 'scripted.mjs',
          http: '{ port: 0 }',
          keys: 'onFailure: drop\nretry: { maxAttempts: 2, backoff: { initial: 10ms } }',
        },
        t,
      );
      const member = scene.run();
      await member.line(({ msg }) => msg === 'running');
      const url = await urlOf(member);
      assert.deepEqual(await probes(url), { live: 200, ready: 200, startup: 200 });
      await kit.untilCommitted(topic, `${topic}-group`, [3n, 1n]);
      const response = await fetch(`${url}/metrics`);
      assert.equal(
        response.headers.get('content-type'),
        'text/plain; version=0.0.4; charset=utf-8',
      );
      const families = parseExposition(await response.text());
      const sampleOf = (name: string, labels: Record<string, string> = {}): number | undefined => {
        const series = families.get(name)?.series ?? [];
        const wanted = { pipeline: 'scene', ...labels };
        return series.find((each) => sameLabels(each, name, wanted))?.value;
      };
      for (const [name, labels, value] of [
        ['records_handled_total', { topic, outcome: 'ack' }, 2],
        ['records_handled_total', { topic, outcome: 'skip' }, 1],
        ['records_handled_total', { topic, outcome: 'drop' }, 1],
        ['attempts_failed_total', { topic, kind: 'error' }, 3],
        ['attempts_failed_total', { topic, kind: 'timeout' }, 0],
        ['attempts_failed_total', { topic, kind: 'crash' }, 0],
        ['attempts_failed_total', { topic, kind: 'deserialize' }, 0],
        ['attempts_failed_total', { topic, kind: 'schema' }, 0],
        ['records_in_flight', {}, 0],
        ['records_buffered', {}, 0],
        ['buffered_bytes', {}, 0],
        ['consumer_lag', { topic, partition: '0' }, 0],
        ['consumer_lag', { topic, partition: '1' }, 0],
        ['committed_offset', { topic, partition: '0' }, 3],
        ['committed_offset', { topic, partition: '1' }, 1],
        ['replay_bound_records', {}, 0],
        ['commits_total', { result: 'error' }, 0],
        ['rebalances_total', {}, 1],
        ['partition_paused', { topic, partition: '0' }, 0],
        ['lanes_blocked', {}, 0],
        ['lanes_halted', {}, 0],
      ] as const)
        assert.equal(
          sampleOf(`millrace_${name}`, labels),
          value,
          `${name} ${JSON.stringify(labels)}`,
        );
      assert.ok((sampleOf('millrace_commits_total', { result: 'ok' }) ?? 0) > 0);
      const durations = families.get('millrace_handler_duration_seconds');
      assert.equal(durations?.type, 'histogram');
      const count = durations.series.find(({ name }) => name.endsWith('_count'));
      assert.equal(count?.value, 6);
      const restarts = families.get('millrace_thread_restarts_total')?.series ?? [];
      assert.deepEqual(new Set(restarts.map(({ value }) => value)), new Set([0]));
      assert.ok(families.has('millrace_event_loop_delay_seconds'));
      assert.equal((await fetch(`${url}/nothing`)).status, 404);
    });

    test('is not ready while the process drains, and lives on', async (t) => {
      const topic = await kit.topic(1);
      await kit.produce(topic, [{ key: 'a', value: '{"waitMs":2000}' }]);
      const scene = await Scene.open(
        {
          brokers: kit.brokers,
          topic,
          group: `${topic}-group`,
          handler: 'scripted.mjs',
          http: '{ port: 0 }',
        },
        t,
      );
      const member = scene.run();
      const url = await urlOf(member);
      await until(() => scene.witness.executions.length === 1);
      member.signal('SIGTERM');
      await member.line(({ msg }) => msg.startsWith('stopping:'));
      assert.deepEqual(await probes(url), { live: 200, ready: 503, startup: 200 });
      const metrics = parseExposition(await (await fetch(`${url}/metrics`)).text());
      assert.equal(metrics.get('millrace_records_in_flight')?.series[0]?.value, 1);
      assert.equal((await member.exit()).code, 0, member.stdout);
      assert.ok(scene.witness.ends.has('0/0'));
    });

    test('says on SIGUSR2, and in its status, which record holds a partition up and what runs it', async (t) => {
      const topic = await kit.topic(1);
      await kit.produce(topic, [
        { key: 'a', value: '{}' },
        { key: 'hung', value: '{"forever":true}' },
        { key: 'a', value: '{}' },
      ]);
      const scene = await Scene.open(
        {
          brokers: kit.brokers,
          topic,
          group: `${topic}-group`,
          handler: 'scripted.mjs',
          http: '{ port: 0 }',
          keys: 'timeout: 60s',
        },
        t,
      );
      const member = scene.run();
      const url = await urlOf(member);
      await until(() => scene.witness.ends.size === 2);
      member.signal('SIGUSR2');
      const line = await member.line(({ msg }) => msg === 'held up');
      const { topic: of, partition, offset, attempt, thread, why } = line;
      assert.deepEqual(
        { of, partition, offset, attempt, thread, why },
        { of: topic, partition: 0, offset: '1', attempt: 1, thread: 0, why: 'its handler runs' },
      );
      const status = (await (await fetch(`${url}/api/v1/status`)).json()) as {
        threads: { running: string[] }[];
      };
      assert.deepEqual(status.threads[0]?.running, [`${topic}/0@1`]);
    });

    test('counts a partition of which nothing can be handled as lag, and the halted lane', async (t) => {
      const topic = await kit.topic(1);
      await kit.produce(topic, [
        { key: 'a', value: '{"fatal":true}' },
        { key: 'a', value: '{}' },
      ]);
      const scene = await Scene.open(
        {
          brokers: kit.brokers,
          topic,
          group: `${topic}-group`,
          handler: 'scripted.mjs',
          http: '{ port: 0 }',
        },
        t,
      );
      const member = scene.run();
      const url = await urlOf(member);
      await member.line(({ msg }) => msg === 'running');
      await member.line(({ msg }) => /its lane is halted/.test(msg));
      const metrics = parseExposition(await (await fetch(`${url}/metrics`)).text());
      const first = (name: string): number | undefined => metrics.get(name)?.series[0]?.value;
      assert.equal(first('millrace_lanes_halted'), 1);
      assert.equal(first('millrace_consumer_lag'), 2);
      const status = await (await fetch(`${url}/api/v1/status`)).json();
      const { pipelines, state } = status as {
        state: string;
        pipelines: { partitions: { lag: string; halted: number; holding: object }[] }[];
      };
      const [partition] = pipelines[0]?.partitions ?? [];
      assert.deepEqual([state, partition?.lag, partition?.halted], ['running', '2', 1]);
      const {
        sinceMs: _,
        keyHash: __,
        ...held
      } = { ...partition?.holding } as Record<string, unknown>;
      assert.deepEqual(held, { offset: '0', attempt: 2, thread: null, why: 'halted' });
      // A restart would not mend it.
      assert.deepEqual(await probes(url), { live: 200, ready: 200, startup: 200 });
    });
  });
});

/** Address of the HTTP port, from the log. */
async function urlOf(member: CliProcess): Promise<string> {
  return String((await member.line(({ msg }) => msg === 'listening'))['url']);
}

async function probes(url: string): Promise<{ live: number; ready: number; startup: number }> {
  const statusOf = async (probe: string): Promise<number> =>
    (await fetch(`${url}/healthz/${probe}`)).status;
  return {
    live: await statusOf('live'),
    ready: await statusOf('ready'),
    startup: await statusOf('startup'),
  };
}

function sameLabels(
  { name, labels }: ParsedSeries,
  wantedName: string,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(labels);
  if (name !== wantedName || names.length !== Object.keys(wanted).length) return false;
  return names.every((each) => labels[each] === wanted[each]);
}
