import type { SourceConfig } from '../../src/contract/config.ts';
import { decodeMemberMetadata } from '../../src/kafka/assigner/member-metadata.ts';
import { GroupMember } from '../../src/kafka/group-member.ts';
import { turn } from './fake-broker.ts';
import type { FakeEpoch } from './fake-epoch.ts';
import { HoldingRig } from './fake-holding.ts';
import { answerJoins, type FakeConsumer, FakeKafka } from './fake-kafka.ts';
import { pipelineOf } from './pipeline.ts';

/** A claim of a join, as `topic/partition`, and the generation that it is of. */
export interface Claimed {
  readonly owned: readonly string[];
  readonly generation: number;
}

/** A round of kafkajs's loop: of which session, and whether it ended with the demand to join again. */
interface Round {
  readonly of: FakeConsumer | null;
  end: 'open' | 'over' | 'asked';
}

/** The real member of a group, with real holdings, whose sessions the test plays by hand. */
export class MemberRig extends HoldingRig {
  readonly kafka: FakeKafka = new FakeKafka(this.cluster);
  alive = 0;
  readonly member: GroupMember;
  #generation = 0;
  #round: Round = { of: null, end: 'over' };

  constructor(source: Partial<SourceConfig> = {}) {
    super(source);
    const base = pipelineOf();
    this.member = new GroupMember({
      newKafka: () => this.kafka.asKafka,
      pipeline: { ...base, source: { ...base.source, ...source } },
      clock: this.clock,
      cluster: this.cluster,
      coordinator: this.coordinator,
      holdings: this.holdings,
      onAlive: () => this.alive++,
      onFatal: (cause) => this.fatal.push(cause),
    });
    this.identity = () => this.member.identity;
    this.onFenced = (cause) => this.member.fenced(cause.message);
  }

  /** The latest session as kafkajs sees it. */
  get consumer(): FakeConsumer {
    return this.kafka.last;
  }

  /** Starts the member and gives it these partitions of `orders`. */
  async start(...partitions: number[]): Promise<void> {
    const started = this.member.start();
    await turn();
    await this.join(partitions);
    await started;
  }

  /** A join of the latest session, whose outcome is these partitions of `orders`. Returns what the member said of itself. */
  async join(partitions: readonly number[], memberId = 'm-1'): Promise<Claimed> {
    answerJoins(this.cluster, { memberId, generation: ++this.#generation });
    const metadata = await this.consumer.join(partitions.length > 0 ? { orders: partitions } : {});
    await turn();
    const { owned, generation } = decodeMemberMetadata(metadata);
    return {
      generation,
      owned: owned.flatMap(({ topic, partitions: all }) => all.map((each) => `${topic}/${each}`)),
    };
  }

  /** A generation that this member is not part of. */
  skipGeneration(): void {
    this.#generation++;
  }

  /** A heartbeat of the latest session that the coordinator answers. */
  async beat(): Promise<void> {
    await (await this.consumer.coordinator()).heartbeat({});
  }

  /** Whether the latest session was asked to join again since the last look. */
  async isToJoin(): Promise<boolean> {
    if (this.#round.of !== this.consumer || this.#round.end !== 'open') {
      const round: Round = { of: this.consumer, end: 'open' };
      this.#round = round;
      const ends = (end: Round['end']) => (): void => {
        round.end = end;
      };
      this.consumer.round().then(ends('over'), ends('asked'));
    }
    await turn();
    return this.#round.end === 'asked';
  }

  epoch(partition: number): FakeEpoch {
    return this.intake.epoch('orders', partition);
  }

  /** Partitions that are held, by name, with their states. */
  get holds(): string[] {
    return [...this.holdings.all].map(({ name, state }) => `${name} ${state}`);
  }
}
