import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { Broker } from '../../../src/kafka/seam/cluster.ts';
import { errorFromCode, type ProtocolRequest } from '../../../src/kafka/seam/internals.ts';
import { isFenced, withInstanceId } from '../../../src/kafka/seam/static-member.ts';

const require = createRequire(import.meta.url);
const BrokerClass = require('kafkajs/src/broker') as new (
  options: object,
) => Broker & {
  lookupRequest: Broker['lookupRequest'];
};
const { lookup } = require('kafkajs/src/protocol/requests') as {
  lookup: (versions: object) => Broker['lookupRequest'];
};

/** kafkajs's own broker, on a connection that answers nothing; what it sends, with its bytes. */
function rig(): { broker: Broker; sent: Promise<string>[] } {
  const sent: Promise<string>[] = [];
  const logger = { namespace: () => logger };
  const connectionPool = {
    send: ({ request }: { request: ProtocolRequest }) => {
      const bytes = request.encode() as Promise<{ buffer: Buffer }>;
      const { apiName, apiVersion } = request;
      sent.push(
        bytes.then(({ buffer }) => `${apiName} ${apiVersion} ${buffer.toString('latin1')}`),
      );
      return Promise.resolve({});
    },
  };
  const broker = new BrokerClass({ connectionPool, logger, nodeId: 1 });
  const versions = Object.fromEntries([11, 12, 13, 14].map((key) => [key, { maxVersion: 9 }]));
  broker.lookupRequest = lookup(versions);
  return { broker, sent };
}

describe('withInstanceId', () => {
  it('lets the requests of the group protocol carry the id, and no others', async () => {
    const { broker, sent } = rig();
    const member = withInstanceId(broker, 'pod-0');
    const identity = { groupId: 'g', memberId: 'm' };
    await member.joinGroup({
      ...identity,
      sessionTimeout: 1,
      rebalanceTimeout: 1,
      groupProtocols: [],
    });
    await member.syncGroup({ ...identity, generationId: 4, groupAssignment: [] });
    await member.heartbeat({ ...identity, groupGenerationId: 4 });
    await member.leaveGroup(identity);
    const id = '\0\x05pod-0';
    assert.deepEqual(await Promise.all(sent), [
      `JoinGroup 5 \0\x01g\0\0\0\x01\0\0\0\x01\0\x01m${id}\0\x08consumer\0\0\0\0`,
      `SyncGroup 3 \0\x01g\0\0\0\x04\0\x01m${id}\0\0\0\0`,
      `Heartbeat 3 \0\x01g\0\0\0\x04\0\x01m${id}`,
      `LeaveGroup 3 \0\x01g\0\0\0\x01\0\x01m${id}`,
    ]);
  });

  it('leaves the broker itself as it is', async () => {
    const { broker, sent } = rig();
    const member = withInstanceId(broker, 'pod-0');
    assert.equal(member.nodeId, 1);
    await broker.heartbeat({
      groupId: 'g',
      memberId: 'm',
      groupGenerationId: 4,
      groupInstanceId: null,
    });
    assert.doesNotMatch((await sent[0]) as string, /pod-0/);
  });
});

describe('isFenced', () => {
  it('knows the one error that says so', () => {
    assert.deepEqual(
      [82, 25, 22].map((code) => isFenced(errorFromCode(code))),
      [true, false, false],
    );
  });
});
