import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNote } from '../../src/kafka/commit-note.ts';
import { turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { CommitterRig, commitAnswer } from '../support/fake-committer.ts';
import { heldOf } from '../support/fake-epoch.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const orders = (partition: number, handled: bigint): ReturnType<typeof heldOf> => {
  const held = heldOf('orders', partition, 10n);
  held.epoch.handle(handled);
  return held;
};

/** A commit of orders/0 that is answered with an error of the protocol. */
async function refusedWith(code: number): Promise<CommitterRig> {
  const rig = new CommitterRig([orders(0, 15n)]);
  rig.committer.request();
  await turn();
  rig.open.answer(commitAnswer(rig.open, { 'orders/0': code }));
  await turn();
  return rig;
}

const UNKNOWN_MEMBER_ID = 25;
const OFFSET_METADATA_TOO_LARGE = 12;

describe('Committer, when a commit fails', () => {
  it('counts what the broker has taken of it, and commits the rest again', async (t) => {
    const failures = signalsOf(t, 'commit.failed');
    const [a, b] = [orders(0, 15n), orders(1, 16n)];
    const rig = new CommitterRig([a, b]);
    rig.committer.request();
    await turn();
    rig.open.answer(commitAnswer(rig.open, { 'orders/0': 22 }));
    await turn();
    assert.deepEqual([a.committed, b.committed], [10n, 16n]);
    assert.deepEqual(rig.committer.counts, { ok: 0, failed: 1 });
    assert.equal(failures[0]?.error.message.includes('generation'), true);
    assert.equal(failures[0]?.isRetried, true);
    rig.committer.request();
    await turn();
    assert.deepEqual(rig.sent, [['orders/0@15', 'orders/1@16'], ['orders/0@15']]);
  });

  it('says less with a commit when the broker refuses the size of what goes with it, and in the end nothing', async () => {
    const held = orders(0, 15n);
    held.epoch.above = [[16n, 20n]];
    const rig = new CommitterRig([held]);
    const sent: (string | null)[] = [];
    for (const code of [OFFSET_METADATA_TOO_LARGE, OFFSET_METADATA_TOO_LARGE, 0]) {
      rig.committer.request();
      await turn();
      sent.push(rig.open.body.partitions[0]?.metadata ?? null);
      rig.open.answer(commitAnswer(rig.open, { 'orders/0': code }));
      await turn();
    }
    assert.deepEqual(
      sent.map((text) => readNote(text ?? '', 15n)?.settled),
      [[[16n, 20n]], [], undefined],
    );
    assert.deepEqual([sent[2], held.committed], ['', 15n]);
  });

  it('leaves an offset uncommitted when the outcome is unknown, and looks the coordinator up anew', async (t) => {
    const failures = signalsOf(t, 'commit.failed');
    for (const name of ['KafkaJSConnectionError', 'KafkaJSRequestTimeoutError']) {
      const held = orders(0, 15n);
      const rig = new CommitterRig([held]);
      rig.committer.request();
      await turn();
      rig.open.fail(clientError(name));
      await turn();
      assert.deepEqual([held.committed, held.epoch.confirmed], [10n, []]);
      rig.cluster.coordinatorId = 2;
      rig.committer.request();
      await turn();
      assert.deepEqual(rig.sent, [['orders/0@15']]);
      assert.equal(rig.cluster.count('coordinator'), 2);
      assert.equal(rig.answered, 0);
    }
    assert.deepEqual(
      failures.map(({ isRetried }) => isRetried),
      [true, true],
    );
  });

  it('goes to the new coordinator when the old one says that it is none any more', async () => {
    const rig = await refusedWith(16);
    rig.cluster.coordinatorId = 2;
    rig.committer.request();
    await turn();
    assert.equal(rig.cluster.broker(2).of('OffsetCommit').length, 1);
  });

  it('waits for the next generation between two of them, with the same coordinator', async () => {
    for (const code of [22, 27]) {
      const rig = await refusedWith(code);
      assert.deepEqual([rig.fenced, rig.denied], [[], []]);
      rig.identity = { memberId: 'm-1', generation: 5 };
      rig.committer.request();
      await turn();
      assert.equal(rig.open.body.generation, 5);
      assert.equal(rig.cluster.count('coordinator'), 1);
    }
  });

  it('says that the member is fenced when the broker does not know it', async (t) => {
    const failures = signalsOf(t, 'commit.failed');
    for (const code of [UNKNOWN_MEMBER_ID, 82]) {
      const rig = await refusedWith(code);
      assert.equal(rig.fenced.length, 1);
      assert.equal(rig.held[0]?.committed, 10n);
    }
    assert.deepEqual(
      failures.map(({ isRetried }) => isRetried),
      [false, false],
    );
  });

  it('does not fence the member of now for a commit of the member that it was', async () => {
    const rig = new CommitterRig([orders(0, 15n)]);
    rig.committer.request();
    await turn();
    rig.identity = { memberId: 'm-2', generation: 9 };
    rig.open.answer(commitAnswer(rig.open, { 'orders/0': UNKNOWN_MEMBER_ID }));
    await turn();
    assert.deepEqual(rig.fenced, []);
  });

  it('says that committing is not allowed', async () => {
    for (const code of [29, 30]) {
      const rig = await refusedWith(code);
      assert.equal(rig.denied.length, 1);
      assert.deepEqual(rig.fenced, []);
    }
  });

  it('does not commit an epoch that has ended since, however the request ended', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    rig.committer.request();
    await turn();
    held.epoch.close();
    rig.open.fail(clientError('KafkaJSConnectionError'));
    await turn();
    rig.committer.request();
    assert.equal(await rig.committer.commitAll([held], 1000), true);
    await turn();
    assert.equal(rig.sent.length, 1);
  });
});

describe('Committer.commitAll', () => {
  it('tries again every 50 ms until the broker has everything', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    const all = rig.committer.commitAll([held], 10_000);
    for (let i = 1; i <= 3; i++) {
      await turn();
      assert.equal(rig.sent.length, i);
      rig.open.answer(commitAnswer(rig.open, { 'orders/0': 27 }));
      await turn();
      rig.clock.advance(49);
      await turn();
      assert.equal(rig.sent.length, i);
      rig.clock.advance(1);
    }
    await turn();
    rig.open.answer(commitAnswer(rig.open));
    assert.equal(await all, true);
    assert.equal(held.committed, 15n);
  });

  it('commits only for the partitions that it was given', async () => {
    const [a, b] = [orders(0, 15n), orders(1, 16n)];
    const rig = new CommitterRig([a, b]);
    rig.cluster.coordinator.onCall = (call) => commitAnswer(call as typeof rig.open);
    assert.equal(await rig.committer.commitAll([b], 1000), true);
    assert.deepEqual(rig.sent, [['orders/1@16']]);
  });

  it('gives up at its time, after one more try', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    rig.clock.advance(100);
    const all = rig.committer.commitAll([held], 100);
    await turn();
    rig.open.answer(commitAnswer(rig.open, { 'orders/0': 27 }));
    assert.equal(await all, false);
    assert.equal(rig.sent.length, 1);
  });

  it('gives up when the member may not commit any more', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    const all = rig.committer.commitAll([held], 10_000);
    await turn();
    rig.identity = null;
    rig.open.answer(commitAnswer(rig.open, { 'orders/0': UNKNOWN_MEMBER_ID }));
    assert.equal(await all, false);
    assert.equal(await rig.committer.commitAll([held], 10_000), false);
    assert.equal(rig.sent.length, 1);
  });
});
