import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identity } from '../../src/kafka/committer.ts';
import { Coordinator } from '../../src/kafka/coordinator.ts';
import { JoinHeartbeats } from '../../src/kafka/join-heartbeats.ts';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { FakeClock } from '../support/clock.ts';
import { turn } from '../support/fake-broker.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { pipelineOf } from '../support/pipeline.ts';

const INTERVAL_MS = 500;

function beating(
  answer: () => unknown,
  identity: Identity | null = { memberId: 'm', generation: 4 },
) {
  const [clock, cluster] = [new FakeClock(), new FakeCluster()];
  const source = { ...pipelineOf().source, heartbeatIntervalMs: INTERVAL_MS };
  const heart = { alive: 0 };
  cluster.coordinator.onGroupCall = answer;
  const heartbeats = new JoinHeartbeats(clock, new Coordinator(cluster, source.groupId), source, {
    identity: () => identity,
    onAlive: () => heart.alive++,
  });
  const pass = async (intervals: number): Promise<void> => {
    for (let i = 0; i < intervals; i++) {
      clock.advance(INTERVAL_MS);
      await turn();
    }
  };
  return { cluster, source, heart, heartbeats, pass };
}

describe('JoinHeartbeats', () => {
  it('tells that the group knows this member while it waits for others, at each interval', async () => {
    const { cluster, source, heart, heartbeats, pass } = beating(() => errorFromCode(27));
    heartbeats.start();
    heartbeats.start();
    await pass(3);
    assert.equal(heart.alive, 3);
    const [call] = cluster.coordinator.groupCallsOf('heartbeat');
    assert.deepEqual(call?.request, {
      groupId: source.groupId,
      groupGenerationId: 4,
      memberId: 'm',
    });
  });

  it('takes an answer without an error for one, too', async () => {
    const { heart, heartbeats, pass } = beating(() => ({}));
    heartbeats.start();
    await pass(1);
    assert.equal(heart.alive, 1);
  });

  it('takes nothing else for a sign of life, and looks a coordinator that has moved up again', async () => {
    for (const [code, lookups] of [
      [22, 1],
      [25, 1],
      [16, 3],
    ] as const) {
      const { cluster, heart, heartbeats, pass } = beating(() => errorFromCode(code));
      heartbeats.start();
      await pass(3);
      assert.deepEqual([heart.alive, cluster.count('coordinator')], [0, lookups], String(code));
    }
  });

  it('beats once an interval also when a join began while an answer to the last one was open', async () => {
    const open: (() => void)[] = [];
    const { cluster, heart, heartbeats, pass } = beating(() => undefined);
    cluster.coordinator.onGroupCall = (call) => {
      open.push(() => call.answer({}));
      return undefined;
    };
    heartbeats.start();
    await pass(1);
    heartbeats.stop();
    heartbeats.start();
    open[0]?.();
    await turn();
    // The answer belongs to a join that is over.
    assert.equal(heart.alive, 0);
    await pass(1);
    assert.equal(open.length, 2);
    open[1]?.();
    await turn();
    await pass(1);
    assert.deepEqual([heart.alive, open.length], [1, 3]);
  });

  it('sends nothing for a member that holds nothing, nor when it is over', async () => {
    const { cluster, heartbeats, pass } = beating(() => ({}), null);
    heartbeats.start();
    await pass(2);
    assert.equal(cluster.coordinator.groupCalls.length, 0);
    const other = beating(() => ({}));
    other.heartbeats.start();
    await other.pass(1);
    other.heartbeats.stop();
    await other.pass(3);
    assert.equal(other.heart.alive, 1);
  });
});
