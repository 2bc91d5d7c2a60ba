import { Producer, type ProducerOptions } from '../../src/kafka/producer.ts';
import type { OutRecord } from '../../src/kafka/records/out-record.ts';
import { type NaiveRecord, recordsOf } from '../kafka/records/naive.ts';
import { blockOf, expanded, read } from '../kafka/records/reading.ts';
import { FakeClock } from './clock.ts';
import { type FakeCall, turn } from './fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeClient } from './fake-kafka.ts';
import { answers } from './fake-wire.ts';

/** A record with this text as its value. */
export function recordOf(value: string, overrides: Partial<OutRecord> = {}): OutRecord {
  return { key: null, value: Buffer.from(value), headers: [], timestampMs: 5, ...overrides };
}

/** The real producer over a fake cluster: out/0 and out/1 are led by broker 1, out/2 by broker 2. */
export class ProduceRig {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster({ out: [1, 1, 2] });
  readonly client: FakeClient = new FakeClient();
  readonly producer: Producer;
  /** What became of each record sent, by its text: `sent`, or the code or type of the error; missing while it is under way. */
  readonly outcomes: Map<string, string> = new Map();

  constructor(options: Partial<ProducerOptions> = {}) {
    const { clock, cluster, client } = this;
    this.producer = new Producer({
      client,
      cluster,
      clock,
      acks: 'all',
      compression: 'none',
      ...options,
    });
  }

  /** Sends records to a partition of `out`, in this order. */
  send(partition: number, ...values: string[]): void {
    for (const value of values) {
      this.producer.send('out', partition, recordOf(value)).then(
        () => this.outcomes.set(value, 'sent'),
        (cause: { type?: string; code: string }) =>
          this.outcomes.set(value, cause.type ?? cause.code),
      );
    }
  }

  /** The produce request that waits at a broker. */
  open(nodeId = 1): FakeCall<'Produce'> {
    return this.cluster.broker(nodeId).open('Produce');
  }

  /** Answers the request that waits at a broker, all partitions or each with its own error, and waits for what that does. */
  async answer(error: number | Readonly<Record<number, number>> = 0, nodeId = 1): Promise<void> {
    const call = this.open(nodeId);
    const codeOf = (partition: number): number =>
      typeof error === 'number' ? error : (error[partition] ?? 0);
    call.answer(
      answers.produce(
        call.body.partitions.map(({ topic, partition }) => ({
          topic,
          partition,
          error: codeOf(partition),
        })),
      ),
    );
    await turn();
  }

  /** All requests so far, as the partitions and the texts of their records. */
  async requests(nodeId = 1): Promise<string[]> {
    const calls = this.cluster.broker(nodeId).of('Produce');
    return Promise.all(
      calls.map(async ({ body }) => {
        const batches = body.partitions.map(async ({ partition, set }) => {
          const texts = (await recordsOfBatch(set)).map(({ value }) => value?.toString());
          return `${partition}: ${texts.join(' ')}`;
        });
        return (await Promise.all(batches)).join(', ');
      }),
    );
  }
}

/** The records of a produce request, as a reader that shares nothing with the encoder sees them. */
export async function recordsIn({ body }: FakeCall<'Produce'>): Promise<NaiveRecord[]> {
  const [place, ...others] = body.partitions;
  if (!place || others.length > 0) throw new Error('one partition in a request');
  return recordsOfBatch(place.set);
}

/** The records of a batch, as the same reader sees them. */
export async function recordsOfBatch(batch: Uint8Array): Promise<NaiveRecord[]> {
  const reading = read(Buffer.from(batch));
  return recordsOf(reading.kind === 'packed' ? await expanded(reading) : blockOf(reading));
}
