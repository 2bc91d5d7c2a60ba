import type { KafkaConfig, PipelineConfig, SourceConfig } from '../../src/contract/config.ts';
import type { MillraceError } from '../../src/contract/errors.ts';
import { KafkaSource } from '../../src/kafka/kafka-source.ts';
import { FakeClock } from './clock.ts';
import { turn } from './fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';
import { type FakeEpoch, FakeIntake } from './fake-epoch.ts';
import { answerJoins, FakeClient, type FakeConsumer, FakeKafka } from './fake-kafka.ts';
import { FakeLogs } from './fake-logs.ts';
import { pipelineOf } from './pipeline.ts';

const CONFIG: KafkaConfig = {
  brokers: ['host-1:9092'],
  clientId: 'test-1',
  tls: null,
  sasl: null,
  connectTimeoutMs: 5000,
};

/** The real Kafka side of a pipeline over a fake of kafkajs: orders/0 and orders/1 are led by broker 1, orders/2 by broker 2. */
export class SourceRig {
  readonly clock: FakeClock = new FakeClock();
  readonly intake: FakeIntake = new FakeIntake();
  /** The cluster as the source sees it; each session with the group has another look at it. */
  readonly cluster: FakeCluster;
  readonly logs: FakeLogs;
  readonly kafka: FakeKafka;
  readonly client: FakeClient;
  readonly fatal: MillraceError[] = [];
  readonly source: KafkaSource;

  constructor(source: Partial<SourceConfig> = {}, pipeline: Partial<PipelineConfig> = {}) {
    const cluster = new FakeCluster({ orders: [1, 1, 2] });
    this.logs = new FakeLogs(cluster);
    this.kafka = new FakeKafka(cluster);
    this.client = new FakeClient(this.kafka);
    const base = pipelineOf(pipeline);
    this.source = new KafkaSource(
      {
        kafka: CONFIG,
        pipeline: { ...base, source: { ...base.source, ...source } },
        clock: this.clock,
        intake: this.intake,
        onFatal: (cause) => this.fatal.push(cause),
      },
      () => this.client,
    );
    this.cluster = this.kafka.last.cluster;
  }

  /** The latest session with the group. */
  get session(): FakeConsumer {
    return this.kafka.last;
  }

  /** Connects, joins and gets these partitions of `orders`, with 10 committed for each. */
  async start(...partitions: number[]): Promise<FakeEpoch[]> {
    for (const partition of partitions) this.logs.committed.set(`orders/${partition}`, 10n);
    await this.source.connect();
    const joined = this.source.join();
    await turn();
    answerJoins(this.cluster, { memberId: 'm-1', generation: 1 });
    await this.session.join({ orders: partitions });
    await joined;
    await turn();
    return partitions.map((partition) => this.intake.epoch('orders', partition));
  }
}
