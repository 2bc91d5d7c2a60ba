import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { KafkaServer } from './kafka-server.ts';

/** Brokers of a test's own, which it may harm. Their numbers count from 1. */
export interface TestCluster {
  /** `host:port` of each broker, joined by commas. */
  readonly brokers: string;
  /** Ends a broker without a word. */
  kill(number: number): Promise<void>;
  /** Ends a broker, which hands over what it leads before. */
  shutDown(number: number): Promise<void>;
  restart(number: number): Promise<void>;
  /** Its connections stay open and say nothing, until `thaw`. */
  freeze(number: number): void;
  thaw(number: number): void;
  /** Compacts a partition now; a Kafka does that in its own time. */
  compact?(topic: string, partition: number): void;
  stop(): Promise<void>;
}

/** On a real Kafka in the suite that is for that, else on the embedded broker. */
export const IS_LONG: boolean = process.env['MILLRACE_TEST_LONG'] === '1';

/** YAML under `source`: the shortest session that the brokers of the run accept, and that a busy machine keeps. */
export const SHORT_SESSION: string = IS_LONG
  ? 'sessionTimeout: 6s\nheartbeatInterval: 1s'
  : 'sessionTimeout: 3s\nheartbeatInterval: 500ms';

/** Why there can't be one; false when there can. */
export const noCluster: string | false =
  IS_LONG && !(await KafkaServer.isPossible()) && 'no Java 17 and Maven';

export async function startCluster(count = 1): Promise<TestCluster> {
  if (IS_LONG) return KafkaServer.start(count);
  const configs = {
    'group.initial.rebalance.delay.ms': '0',
    'default.replication.factor': String(count),
  };
  return new EmbeddedCluster(await EmbeddedBroker.start({ brokers: count, configs }));
}

class EmbeddedCluster implements TestCluster {
  readonly brokers: string;
  readonly #broker: EmbeddedBroker;
  /** By node: what its requests wait for. */
  readonly #frozen = new Map<
    number,
    { readonly thawed: Promise<void>; readonly thaw: () => void }
  >();

  constructor(broker: EmbeddedBroker) {
    this.#broker = broker;
    this.brokers = broker.bootstrap;
    broker.intercept(({ node }) => this.#frozen.get(node)?.thawed.then(() => 'continue' as const));
  }

  kill(number: number): Promise<void> {
    return this.#broker.takeDown(number);
  }

  shutDown(number: number): Promise<void> {
    return this.#broker.takeDown(number);
  }

  restart(number: number): Promise<void> {
    return this.#broker.bringUp(number);
  }

  freeze(number: number): void {
    let thaw = (): void => {};
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    this.#frozen.set(number, { thawed, thaw });
  }

  thaw(number: number): void {
    this.#frozen.get(number)?.thaw();
    this.#frozen.delete(number);
  }

  compact(topic: string, partition: number): void {
    this.#broker.compact(topic, partition);
  }

  stop(): Promise<void> {
    return this.#broker.close();
  }
}
