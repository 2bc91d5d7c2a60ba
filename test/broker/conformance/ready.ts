import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts';
import { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';

/**
 * Resolves when a Kafka has its internal topics, which it makes when they are first needed, and has loaded the groups of all their
 * partitions: a new one answers otherwise for a while.
 */
export async function ready(address: string): Promise<void> {
  const client = await BrokerClient.connect(address);
  try {
    for (const keyType of [GROUP, TRANSACTION]) {
      await until(async () => {
        const asked = { keyType, coordinatorKeys: ['ready'] };
        const { coordinators } = await client.send(findCoordinator, 4, asked);
        return coordinators.every(({ errorCode }) => errorCode === 0);
      });
    }
    // Names enough to hit every one of the 50 partitions that groups are spread over.
    const names = Array.from({ length: 500 }, (_, i) => `ready-${i}`);
    await until(async () => {
      const { groups } = await client.send(describeGroups, 5, { groups: names });
      return groups.every(({ errorCode }) => !LOADING.includes(errorCode));
    });
  } finally {
    client.close();
  }
}

const GROUP = 0;
const TRANSACTION = 1;
/** COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR. */
const LOADING: readonly number[] = [14, 15, 16];
