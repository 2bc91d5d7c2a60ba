import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';

const brokers = KafkaKit.brokersOfRun;
const FLIGHTS = 20_000;
const TOPICS = ['flights', 'flights-rated'];

describe('the example of the flights', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
    await clear(kit);
  });
  after(async () => {
    await clear(kit);
    await kit.close();
  });

  const env = { KAFKA_BROKERS: brokers ?? '' };

  test('rates each flight once, in the order of its origin, and does nothing when it is started again', async (t) => {
    await promisify(execFile)(process.execPath, [example('load.mjs')], {
      env: { ...process.env, ...env },
    });
    const args = ['run', '-c', example('millrace.yaml'), '--set', 'http.port=0'];
    const first = CliProcess.of(t, args, { env });
    await first.line(({ msg }) => msg === 'running');
    await until(async () => sum(await kit.ends('flights-rated')) === FLIGHTS);
    first.signal('SIGTERM');
    assert.equal((await first.exit()).code, 0, first.stdout + first.stderr);
    assert.equal(handledBy(first), FLIGHTS);
    const ends = await kit.ends('flights');
    assert.equal(sum(ends), FLIGHTS);
    assert.deepEqual(await kit.committed('flights', 'flights'), ends);

    const source = byOrigin(await kit.read('flights'));
    const rated = byOrigin(await kit.read('flights-rated'));
    assert.deepEqual([...rated.keys()].sort(), [...source.keys()].sort());
    for (const [origin, flights] of source) {
      const results = rated.get(origin) ?? [];
      assert.deepEqual(results.map(unrated), flights, `the flights from ${origin}`);
      for (const { rating, delay } of results) assert.equal(rating, ratingOf(Number(delay)));
    }

    const second = CliProcess.of(t, [...args, '--until-idle', '1s'], { env });
    assert.equal((await second.exit()).code, 0, second.stdout + second.stderr);
    assert.equal(handledBy(second), 0);
    assert.equal(sum(await kit.ends('flights-rated')), FLIGHTS);
  });
});

/** A flight as it is in either topic; `rating` only in the second. */
type Flight = Readonly<Record<string, unknown>>;

/** Flights of each origin, in the order of their partition; the origin is the key and stands in the value. */
function byOrigin(records: readonly { key: string; value: string }[]): Map<string, Flight[]> {
  const origins = new Map<string, Flight[]>();
  for (const { key, value } of records) {
    const flight = JSON.parse(value) as Flight;
    assert.equal(flight['origin'], key);
    const others = origins.get(key);
    if (others) others.push(flight);
    else origins.set(key, [flight]);
  }
  return origins;
}

function unrated({ rating, ...flight }: Flight): Flight {
  assert.equal(typeof rating, 'string');
  return flight;
}

function ratingOf(delay: number): string {
  if (delay <= 0) return 'early';
  return delay <= 15 ? 'on time' : 'late';
}

/** Removes the topics and the group of the example, and waits until they are gone. */
async function clear({ admin }: KafkaKit): Promise<void> {
  const listed = async (): Promise<string[]> =>
    (await admin.listTopics()).filter((topic) => TOPICS.includes(topic));
  const topics = await listed();
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await until(async () => (await listed()).length === 0);
  const { groups } = await admin.listGroups();
  if (groups.some(({ groupId }) => groupId === 'flights')) await admin.deleteGroups(['flights']);
}

const handledBy = (process: CliProcess): unknown =>
  process.lines.find(({ msg }) => msg.startsWith('stopped:'))?.['handled'];

const sum = (ends: ReadonlyMap<number, bigint>): number =>
  [...ends.values()].reduce((total, end) => total + Number(end), 0);

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/flights/${name}`, import.meta.url));
