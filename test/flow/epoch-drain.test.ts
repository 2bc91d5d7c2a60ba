import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { VERDICT } from '../../src/contract/verdict.ts';
import type { Drained } from '../../src/flow/epoch.ts';
import { rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

describe('drain', () => {
  /** Six records of six keys on a thread that runs two at a time; it gives the other four back. */
  const draining = async (forMs = 1_000, pipeline = {}) => {
    const rig = new Rig(pipeline, [6]);
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 9, (i) => i));
    let drained: Drained | null = null;
    const done = epoch.drain(forMs, 50, 'revoked').then((result) => {
      drained = result;
    });
    const recalled = async (...unstarted: number[]): Promise<void> => {
      for (const offset of unstarted) rig.back(offset, VERDICT.notRun);
      for (const resolve of rig.recalls.splice(0)) resolve();
      await setImmediate();
    };
    return { rig, epoch, done, recalled, result: () => drained };
  };

  test('takes nothing new: what no thread has started comes back and stays', async () => {
    const { rig, epoch, recalled, result } = await draining();
    await recalled(2, 3, 4, 5);
    assert.deepEqual(rig.offsets, [0, 1]);
    for (const offset of [0, 1]) rig.back(offset);
    await setImmediate();
    assert.deepEqual(result(), { open: 0, to: 2n });
    assert.deepEqual(epoch.commitPoint(), { offset: 2n, seq: 2, settled: 2 });
    assert.equal(epoch.admit(rowOf(9, 1)), false);
  });

  test('fills the gaps below the highest record that was started', async () => {
    const { rig, recalled, result } = await draining();
    await recalled(0, 1, 4, 5);
    assert.deepEqual(rig.offsets.sort(), [0, 1, 2, 3]);
    for (const offset of [3, 2, 1]) rig.back(offset);
    await setImmediate();
    assert.equal(result(), null);
    rig.back(0);
    await setImmediate();
    assert.deepEqual(result(), { open: 0, to: 4n });
  });

  test('ends at once when nothing was handed out', async () => {
    const epoch = new Rig().assign(0, 5);
    assert.deepEqual(await epoch.drain(1_000, 0, 'shutdown'), { open: 0, to: 5n });
  });

  test('waits for outputs that are on their way', async () => {
    const { rig, recalled, result } = await draining();
    await recalled(1, 2, 3, 4, 5);
    const { chunk, place } = rig.back(0, VERDICT.ack, true);
    await setImmediate();
    assert.equal(result(), null);
    rig.flow.confirm(chunk, place);
    rig.flow.turn();
    await setImmediate();
    assert.deepEqual(result(), { open: 0, to: 1n });
  });

  test('waits for a retry that is due before the deadline, not for one that is due after', async () => {
    for (const [afterMs, isAwaited] of [
      [900, true],
      [1_100, false],
    ] as const) {
      const { rig, recalled, result } = await draining();
      await recalled(2, 3, 4, 5);
      rig.back(1);
      rig.fail(0, { afterMs });
      rig.opened();
      await setImmediate();
      assert.deepEqual(result(), isAwaited ? null : { open: 1, to: 2n });
      rig.clock.advance(1_200);
      await setImmediate();
      assert.deepEqual(rig.offsets, isAwaited ? [0] : [], 'after its end nothing is handed out');
    }
  });

  test('does not wait for a key halted by policy, nor counts what is behind it', async () => {
    const { rig, epoch, recalled, result } = await draining();
    await recalled(2, 3, 4, 5);
    rig.back(1);
    rig.fail(0, { mayRetry: false });
    await setImmediate();
    assert.deepEqual(result(), { open: 0, to: 2n });
    assert.equal(epoch.watermark, 0n);
  });

  test('at the deadline nothing more starts, what runs is told to end, and is waited for a little', async () => {
    const { rig, recalled, result } = await draining();
    await recalled(0, 4, 5);
    rig.fail(0, { afterMs: 990 });
    rig.opened();
    rig.clock.advance(999);
    assert.deepEqual(rig.offsets, [1, 2, 3, 0]);
    rig.clock.advance(1);
    await setImmediate();
    assert.deepEqual(
      rig.said.slice(-2),
      ['recall 0', 'abort 0 revoked'],
      'first what has not started',
    );
    rig.fail(1, { afterMs: 0 });
    rig.back(2, VERDICT.notRun);
    assert.deepEqual(rig.offsets, [3, 0]);
    assert.equal(result(), null);
    for (const offset of [3, 0]) rig.back(offset);
    await setImmediate();
    assert.deepEqual(result(), { open: 2, to: 4n });
  });

  test('ends after the grace, whatever still runs, and says what is left', async () => {
    const { rig, epoch, recalled, result } = await draining();
    await recalled(0, 2, 4, 5);
    rig.clock.advance(1_000);
    await setImmediate();
    rig.clock.advance(50);
    await setImmediate();
    assert.deepEqual(result(), { open: 4, to: 4n });
    rig.back(0);
    assert.deepEqual(
      epoch.commitPoint(),
      { offset: 1n, seq: 1, settled: 1 },
      'the commit that follows takes it along',
    );
  });

  test('ends at its deadline though a thread never answers', async () => {
    const { rig, result } = await draining();
    rig.clock.advance(1_000);
    await setImmediate();
    rig.clock.advance(50);
    await setImmediate();
    assert.deepEqual(result(), { open: 6, to: 6n });
    for (const resolve of rig.recalls.splice(0)) resolve();
    await setImmediate();
    for (const offset of [0, 1, 2]) rig.back(offset, VERDICT.notRun);
    assert.deepEqual(rig.offsets, [3, 4, 5], 'and nothing starts again');
  });

  test('a second one joins the first: what runs is aborted only at the earlier deadline', async () => {
    const { rig, epoch, recalled, result } = await draining();
    let second: Drained | null = null;
    void epoch.drain(400, 50, 'shutdown').then((drained) => {
      second = drained;
    });
    await recalled(2, 3, 4, 5);
    rig.clock.advance(399);
    await setImmediate();
    assert(!rig.said.some((said) => said.startsWith('abort')));
    rig.clock.advance(1);
    await setImmediate();
    assert.equal(rig.said.at(-1), 'abort 0 shutdown');
    for (const offset of [0, 1]) rig.back(offset);
    await setImmediate();
    assert.deepEqual(
      [result(), second],
      [
        { open: 0, to: 2n },
        { open: 0, to: 2n },
      ],
    );
  });

  test('ends when the partition is lost in the meantime', async () => {
    const { epoch, result } = await draining();
    epoch.close();
    await setImmediate();
    assert.notEqual(result(), null);
  });

  test('leaves the other partitions to their work', async () => {
    const rig = new Rig({}, [6]);
    const [leaving, staying] = [rig.assign(0), rig.assign(1)];
    leaving.admit(rowOf(0, 2));
    void leaving.drain(1_000, 0, 'revoked');
    staying.admit(rowOf(50, 2));
    assert.deepEqual(rig.offsets, [0, 1, 50, 51]);
  });
});
