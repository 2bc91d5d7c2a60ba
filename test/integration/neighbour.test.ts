import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
/** Enough for the places there are, 32 records of 2 ms each, to be busy past the end of the measurement. */
const FAST = 66_000;
const SLOW = 3000;
/** A slow record has to end once before it is known to be slow: until then it is taken for an average one. */
const FROM_NS = 1_500_000_000n;
const TO_NS = 3_500_000_000n;

describe('a partition whose records take a second each', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  timeout: 120_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** Partition 0 with slow records, or none, beside three with quick ones. */
  async function fill(slow: number): Promise<string> {
    const topic = await kit.topic(4);
    const record = (partition: number, key: string, waitMs: number) => ({
      partition,
      key,
      value: JSON.stringify({ waitMs }),
    });
    await kit.produce(topic, [
      ...Array.from({ length: slow }, (_, i) => record(0, `slow-${i}`, 1000)),
      ...Array.from({ length: FAST }, (_, i) => record(1 + (i % 3), `k${i % 300}`, 2)),
    ]);
    return topic;
  }

  /** Quick records that end in two seconds of a new member's life. */
  async function throughput(t: TestContext, topic: string): Promise<number> {
    const group = `${topic}-group-${groups++}`;
    const top = 'workers: { threads: 2, concurrencyPerThread: 16 }';
    const setting = { brokers: kit.brokers, topic, group, handler: 'scripted.mjs', top };
    const scene = await Scene.open(setting, t);
    const member = scene.run();
    await until(() => scene.witness.executions.length > 0);
    await delay(Number(TO_NS / 1_000_000n) + 100);
    await member.kill();
    const { executions } = scene.witness;
    const fast = executions.filter(({ partition }) => partition > 0);
    assert.ok(fast.length < FAST, 'the quick records last until the end of the measurement');
    const startNs = executions[0]?.startedNs ?? 0n;
    const isIn = (atNs: bigint | null): boolean =>
      atNs !== null && atNs >= startNs + FROM_NS && atNs < startNs + TO_NS;
    return fast.filter(({ endedNs }) => isIn(endedNs)).length;
  }

  test('leaves its neighbours at least four fifths of their throughput', async (t) => {
    const [alone, crowded] = [await fill(0), await fill(SLOW)];
    const without: number[] = [];
    const beside: number[] = [];
    for (let i = 0; i < 3; i++) {
      without.push(await throughput(t, alone));
      beside.push(await throughput(t, crowded));
    }
    const ratio = median(beside) / median(without);
    t.diagnostic(`without: ${without}, with: ${beside}, ratio ${ratio.toFixed(2)}`);
    assert.ok(ratio >= 0.8, `${beside} records beside it, ${without} without it`);
  });
});

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

let groups = 0;
