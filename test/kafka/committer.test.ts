import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { settleable, turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { CommitterRig, commitAnswer, GROUP } from '../support/fake-committer.ts';
import { FakeEpoch, heldOf } from '../support/fake-epoch.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const orders = (partition: number, handled?: bigint): ReturnType<typeof heldOf> => {
  const held = heldOf('orders', partition, 10n);
  if (handled !== undefined) held.epoch.handle(handled);
  return held;
};

/** What goes with each commit of the rig: brokers that give no ids, nothing read. */
const NOTE = 'millrace/1 {"by":"test","topic":"","epoch":-1}';

describe('Committer', () => {
  it('commits the watermarks of all partitions in one request, as the member that it is', async (t) => {
    const done = signalsOf(t, 'commit.done');
    const [a, b, idle] = [orders(0, 15n), orders(1, 2n ** 60n), orders(2)];
    const rig = new CommitterRig([a, b, idle], 'pod-0');
    rig.committer.request();
    await turn();
    assert.deepEqual(rig.open.body, {
      groupId: GROUP,
      generation: 4,
      memberId: 'm-1',
      instanceId: 'pod-0',
      partitions: [
        { topic: 'orders', partition: 0, offset: 15n, metadata: NOTE },
        { topic: 'orders', partition: 1, offset: 2n ** 60n, metadata: NOTE },
      ],
    });
    assert.equal(rig.open.version, 7);
    rig.clock.advance(30);
    rig.open.answer(commitAnswer(rig.open));
    await turn();
    assert.deepEqual(
      [a.epoch.confirmed, b.epoch.confirmed, idle.epoch.confirmed],
      [[15n], [2n ** 60n], []],
    );
    assert.deepEqual([a.committed, b.committed, idle.committed], [15n, 2n ** 60n, 10n]);
    assert.deepEqual(done, [{ pipeline: 'orders', groupId: GROUP, partitions: 2, elapsedMs: 30 }]);
    assert.deepEqual(rig.committer.counts, { ok: 1, failed: 0 });
    assert.equal(rig.answered, 1);
  });

  it('counts an offset as committed only when the broker has said so', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    rig.committer.request();
    await turn();
    assert.deepEqual([held.committed, held.epoch.confirmed], [10n, []]);
  });

  it('sends nothing when there is nothing new', async () => {
    const rig = new CommitterRig([orders(0), orders(1)]);
    rig.committer.request();
    assert.equal(await rig.committer.commitAll(rig.held, 1000), true);
    await turn();
    assert.deepEqual(rig.sent, []);
    assert.deepEqual(rig.cluster.log, []);
  });

  it('commits the start of a partition that has no committed offset', async () => {
    const held = Object.assign(heldOf('orders', 0), {
      epoch: new FakeEpoch(0n, null),
      committed: null,
    });
    const rig = new CommitterRig([held]);
    rig.committer.request();
    await turn();
    assert.deepEqual(rig.sent, [['orders/0@0']]);
  });

  it('has one request on the way at a time; the next one takes the watermarks of its own moment', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    rig.committer.request();
    await turn();
    held.epoch.handle(16n);
    for (let i = 0; i < 5; i++) rig.committer.request();
    const all = rig.committer.commitAll([held], 1000);
    held.epoch.handle(17n);
    await turn();
    assert.deepEqual(rig.sent, [['orders/0@15']]);
    rig.open.answer(commitAnswer(rig.open));
    await turn();
    assert.deepEqual(rig.sent, [['orders/0@15'], ['orders/0@17']]);
    rig.open.answer(commitAnswer(rig.open));
    assert.equal(await all, true);
    assert.deepEqual(held.epoch.confirmed, [15n, 17n]);
    assert.equal(rig.sent.length, 2);
  });

  it('makes one commit of all requests that come while one is on the way, also when that fails', async () => {
    const rig = new CommitterRig([orders(0, 15n)]);
    for (let i = 0; i < 10; i++) rig.committer.request();
    await turn();
    for (let i = 1; i <= 2; i++) {
      assert.equal(rig.sent.length, i);
      rig.open.answer(commitAnswer(rig.open, { 'orders/0': 27 }));
      await turn();
    }
    assert.equal(rig.sent.length, 2);
  });

  it('sends as who it is and what is handled when the coordinator is found, not when it was asked for', async () => {
    const [held, gone] = [orders(0, 15n), orders(1, 15n)];
    const rig = new CommitterRig([held, gone]);
    const found = settleable<void>();
    rig.cluster.onFindCoordinator = () => found.promise;
    rig.committer.request();
    await turn();
    rig.identity = { memberId: 'm-1', generation: 5 };
    held.epoch.handle(18n);
    gone.epoch.close();
    found.answer();
    await turn();
    assert.equal(rig.open.body.generation, 5);
    assert.deepEqual(rig.sent, [['orders/0@18']]);
  });

  it('sends nothing for a member that may not commit, whether before or after the coordinator is found', async () => {
    const rig = new CommitterRig([orders(0, 15n)]);
    rig.identity = null;
    rig.committer.request();
    await turn();
    assert.deepEqual(rig.cluster.log, []);

    rig.identity = { memberId: 'm-1', generation: 4 };
    const found = settleable<void>();
    rig.cluster.onFindCoordinator = () => found.promise;
    rig.committer.request();
    await turn();
    rig.identity = null;
    found.answer();
    await turn();
    assert.deepEqual(rig.sent, []);
    assert.deepEqual(rig.committer.counts, { ok: 0, failed: 0 });
  });

  it('sends nothing when all epochs have ended by the time that the coordinator is found', async () => {
    const held = orders(0, 15n);
    const rig = new CommitterRig([held]);
    const found = settleable<void>();
    rig.cluster.onFindCoordinator = () => found.promise;
    rig.committer.request();
    await turn();
    held.epoch.close();
    found.answer();
    await turn();
    assert.deepEqual(rig.sent, []);
  });

  it('commits at each interval, until it is stopped', async () => {
    const held = orders(0);
    const rig = new CommitterRig([held]);
    rig.cluster.coordinator.onCall = (call) => commitAnswer(call as typeof rig.open);
    rig.committer.start();
    for (const offset of [11n, 12n]) {
      held.epoch.handle(offset);
      rig.clock.advance(999);
      await turn();
      assert.equal(held.committed, offset - 1n);
      rig.clock.advance(1);
      await turn();
      assert.equal(held.committed, offset);
    }
    rig.committer.stop();
    held.epoch.handle(13n);
    rig.clock.advance(10_000);
    await turn();
    assert.equal(held.committed, 12n);
  });

  it('never confirms what the broker does not have, never goes back, and ends where the handlers are', async () => {
    const outcome = fc.constantFrom('ok', 'refused', 'lost', 'unsent', 'partly');
    const round = fc.record({
      handled: fc.array(fc.nat(3), { minLength: 2, maxLength: 2 }),
      outcome,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 12 }), async (rounds) => {
        const all = [orders(0), orders(1)];
        const rig = new CommitterRig(all);
        const stored = new Map<string, bigint>();
        const marks = [10n, 10n];
        const store = ({ body }: typeof rig.open, kept: number): void => {
          for (const { topic, partition, offset } of body.partitions.slice(0, kept)) {
            const name = `${topic}/${partition}`;
            assert(offset >= (stored.get(name) ?? 10n), 'a commit goes back');
            stored.set(name, offset);
          }
        };
        const check = (): void => {
          for (const { name, epoch } of all) {
            const last = epoch.confirmed.at(-1);
            if (last !== undefined) assert(last <= (stored.get(name) ?? -1n), 'not at the broker');
          }
        };
        for (const { handled, outcome: end } of rounds) {
          for (const [i, count] of handled.entries()) {
            marks[i] = (marks[i] as bigint) + BigInt(count);
            all[i]?.epoch.handle(marks[i] as bigint);
          }
          rig.committer.request();
          await turn();
          const [open] = rig.cluster.coordinator
            .of('OffsetCommit')
            .filter(({ isAnswered }) => !isAnswered);
          if (!open) continue;
          const first = open.body.partitions[0];
          const refused = { [`${first?.topic}/${first?.partition}`]: 22 };
          if (end === 'ok') {
            store(open, 9);
            open.answer(commitAnswer(open));
          } else if (end === 'partly') {
            store(
              { ...open, body: { ...open.body, partitions: open.body.partitions.slice(1) } },
              9,
            );
            open.answer(commitAnswer(open, refused));
          } else if (end === 'refused') {
            open.answer(commitAnswer(open, { 'orders/0': 27, 'orders/1': 27 }));
          } else {
            if (end === 'lost') store(open, 9);
            open.fail(clientError('KafkaJSConnectionError'));
          }
          await turn();
          check();
        }
        rig.cluster.coordinator.onCall = (call) => {
          store(call as typeof rig.open, 9);
          return commitAnswer(call as typeof rig.open);
        };
        assert.equal(await rig.committer.commitAll(all, 1000), true);
        check();
        for (const [i, { name, committed }] of all.entries()) {
          assert.equal(committed, marks[i]);
          assert.equal(stored.get(name) ?? 10n, marks[i]);
        }
      }),
      { numRuns: 40 },
    );
  });
});
