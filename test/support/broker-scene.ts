import assert from 'node:assert/strict';
import { produce } from '../../src/broker/apis/produce.ts';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../src/broker/broker.ts';
import { errorName } from '../../src/broker/errors.ts';
import type { Decoded } from '../../src/broker/wire/schema.ts';
import { BrokerClient } from './broker-client.ts';
import { FakeClock } from './clock.ts';

/** 2026-01-01, the time of the wall clock in a scene. */
export const NOW_MS = 1_767_225_600_000;

/** An embedded broker with clients; closes all, and fails if the broker found a fault of its own. */
export class BrokerScene {
  readonly broker: EmbeddedBroker;
  /** Time goes on only when a test says so. */
  readonly clock: FakeClock;
  readonly faults: unknown[];
  readonly #clients: BrokerClient[] = [];

  private constructor(broker: EmbeddedBroker, clock: FakeClock, faults: unknown[]) {
    this.broker = broker;
    this.clock = clock;
    this.faults = faults;
  }

  static async open(options: EmbeddedBrokerOptions = {}): Promise<BrokerScene> {
    const clock = new FakeClock();
    const faults: unknown[] = [];
    const onFault = (fault: unknown): void => void faults.push(fault);
    const usual = { clock, nowMs: () => NOW_MS, autoCreateTopics: false, onFault };
    const broker = await EmbeddedBroker.start({ ...usual, ...options });
    return new BrokerScene(broker, clock, faults);
  }

  /** A connection to a broker, the first one if none is named. */
  async connect(nodeId = 1, clientId: string | null = 'test'): Promise<BrokerClient> {
    const address = this.broker.addresses[nodeId - 1];
    assert.ok(address !== undefined);
    const client = await BrokerClient.connect(address, clientId);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.broker.close();
    assert.deepEqual(this.faults, []);
  }
}

type PartAnswer = Decoded<
  typeof produce.response
>['responses'][number]['partitionResponses'][number];

/** Produces to one partition; what it was answered, with the error by its name. */
export async function produceTo(
  client: BrokerClient,
  name: string,
  index: number,
  records: Buffer,
  { version = 9, acks = -1 }: { version?: number; acks?: number } = {},
): Promise<PartAnswer & { readonly error: string }> {
  const { responses } = await client.send(produce, version, {
    transactionalId: null,
    acks,
    timeoutMs: 1000,
    topicData: [{ name, partitionData: [{ index, records: [records] }] }],
  });
  const answer = responses[0]?.partitionResponses[0];
  assert.ok(answer !== undefined);
  return { ...answer, error: errorName(answer.errorCode) };
}
