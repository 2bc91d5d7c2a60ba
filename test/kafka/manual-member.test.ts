import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualMember } from '../../src/kafka/manual-member.ts';
import { turn } from '../support/fake-broker.ts';
import { HoldingRig } from '../support/fake-holding.ts';
import { pipelineOf } from '../support/pipeline.ts';

function memberOf(
  rig: HoldingRig,
  topics: readonly string[],
  partitions: Readonly<Record<string, readonly number[]>>,
): ManualMember {
  const base = pipelineOf();
  return new ManualMember({
    pipeline: { ...base, source: { ...base.source, topics, partitions } },
    cluster: rig.cluster,
    holdings: rig.holdings,
  });
}

describe('ManualMember', () => {
  it('holds what the configuration says, of all topics, and asks no group', async () => {
    const rig = new HoldingRig();
    rig.cluster.topics.set('bills', [2]);
    const member = memberOf(rig, ['orders', 'bills'], { orders: [3, 0], bills: [0] });
    assert.equal(member.state, 'joining');
    await member.start();
    await turn();
    assert.deepEqual(rig.holdings.owned, [
      { topic: 'orders', partitions: [3, 0] },
      { topic: 'bills', partitions: [0] },
    ]);
    assert.deepEqual(
      [...rig.holdings.all].map(({ state }) => state),
      ['running', 'running', 'running'],
    );
    assert.equal(member.state, 'stable');
    for (const broker of rig.cluster.brokers.values()) assert.deepEqual(broker.groupCalls, []);
  });

  it('commits as a client that is no member of the group', async () => {
    const rig = new HoldingRig();
    const member = memberOf(rig, ['orders'], { orders: [0] });
    rig.identity = () => member.identity;
    await member.start();
    await turn();
    rig.intake.epoch('orders', 0).handle(5n);
    await rig.holdings.revoke([rig.held(0)], 1000, 'shutdown');
    const [commit] = rig.cluster.coordinator.of('OffsetCommit');
    assert.deepEqual([commit?.body.memberId, commit?.body.generation], ['', -1]);
    assert.equal(rig.logs.committed.get('orders/0'), 5n);
  });

  it('takes up nothing when one of the partitions does not exist, and names it', async () => {
    const rig = new HoldingRig();
    const member = memberOf(rig, ['orders'], { orders: [0, 4] });
    await assert.rejects(member.start(), {
      code: 'MR308',
      exit: 78,
      facts: { topic: 'orders', partition: 4, count: 4 },
      message:
        'pipelines.orders.source.partitions: orders has 4 partitions, so there is no partition 4.',
    });
    assert.equal(rig.holdings.size, 0);
  });

  it('takes up nothing when a topic does not exist', async () => {
    const rig = new HoldingRig();
    rig.cluster.onAddTopics = () =>
      Promise.reject(Object.assign(new Error(), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }));
    await assert.rejects(memberOf(rig, ['orders'], { orders: [0] }).start(), { code: 'MR303' });
    assert.equal(rig.holdings.size, 0);
  });

  it('loses nothing by what would cost a member of a group its partitions', async () => {
    const rig = new HoldingRig();
    const member = memberOf(rig, ['orders'], { orders: [0] });
    await member.start();
    await turn();
    member.fenced();
    member.heard();
    assert.equal(rig.held(0).state, 'running');
    assert.deepEqual(member.identity, { memberId: '', generation: -1 });
  });

  it('says that it stops, and that it is over', async () => {
    const member = memberOf(new HoldingRig(), ['orders'], { orders: [0] });
    await member.start();
    member.retire();
    assert.equal(member.state, 'stopping');
    await member.leave();
    assert.equal(member.state, 'over');
  });
});
