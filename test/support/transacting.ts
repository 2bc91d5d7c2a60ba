import { initProducerId } from '../../src/broker/apis/init-producer-id.ts';
import type { BrokerClient } from './broker-client.ts';
import { BrokerScene } from './broker-scene.ts';

/** A broker with a topic `orders` of two partitions, and the producer `tx`. */
export async function transacting(): Promise<{
  readonly scene: BrokerScene;
  readonly client: BrokerClient;
  readonly claim: { transactionalId: string; producerId: bigint; producerEpoch: number };
}> {
  const scene = await BrokerScene.open({ topics: { orders: 2 } });
  const client = await scene.connect();
  const asked = { transactionalId: 'tx', transactionTimeoutMs: 60_000 };
  const { producerId, producerEpoch } = await client.send(initProducerId, 4, asked);
  return { scene, client, claim: { transactionalId: 'tx', producerId, producerEpoch } };
}
