import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VERDICT } from '../../src/contract/verdict.ts';
import type { Epoch } from '../../src/flow/epoch.ts';
import { holdersOf, holdingOf } from '../../src/flow/holding.ts';
import { rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

/** What holds a partition, when of what threads have just these offsets run. */
function holding(rig: Rig, { partition }: Epoch, running: readonly number[] = []) {
  const sent = rig.chunks.map((chunk) => ({
    thread: chunk.thread,
    chunk,
    stateOf: (place: number) => {
      const held = rig.held.find((each) => each.chunk === chunk && each.place === place);
      if (!held) return 'back' as const;
      return running.includes(held.offset) ? ('running' as const) : ('sent' as const);
    },
  }));
  return holdingOf(partition, holdersOf(sent).get(partition));
}

describe('what holds the watermark of a partition', () => {
  it('is nothing when nothing is open', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    assert.equal(holding(rig, epoch), null);
    epoch.admit(rowOf(0, 1));
    rig.back(0);
    assert.equal(holding(rig, epoch), null);
    epoch.close();
    assert.equal(holding(rig, epoch), null);
  });

  it('is its first open record, on the thread that has it, running or not', () => {
    const rig = new Rig({}, [4, 4]);
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 4, () => 7));
    rig.back(0);
    const thread = rig.held[0]?.chunk.thread;
    const { keyHash, ...found } = holding(rig, epoch, [1]) ?? {};
    assert.deepEqual(found, { offset: 1n, attempt: 1, thread, why: 'running' });
    assert.match(keyHash ?? '', /^[0-9a-f]{8}$/);
    assert.equal(holding(rig, epoch, [2])?.why, 'sent');
  });

  it('is the record of its own partition, where a thread has those of several', () => {
    const rig = new Rig();
    const [one, two] = [rig.assign(0), rig.assign(1, 50)];
    one.admit(rowOf(0, 2));
    two.admit(rowOf(50, 2));
    assert.equal(holding(rig, one, [0])?.offset, 0n);
    assert.deepEqual([holding(rig, two, [0])?.offset, holding(rig, two, [0])?.why], [50n, 'sent']);
  });

  it('says of a record that no thread has what it waits for', () => {
    const rig = new Rig({ onFailure: 'halt' }, [1]);
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 3, () => 7));
    rig.fail(0);
    assert.deepEqual(
      [holding(rig, epoch)?.why, holding(rig, epoch)?.attempt, holding(rig, epoch)?.thread],
      ['retry', 2, null],
    );
    rig.opened();
    rig.clock.advance(60_000);
    rig.fail(0, { mayRetry: false });
    assert.equal(holding(rig, epoch)?.why, 'halted');

    const busy = new Rig({}, [1]);
    const waiting = busy.assign(0);
    busy.isFull = true;
    waiting.admit(rowOf(0, 1));
    assert.equal(holding(busy, waiting)?.why, 'thread');
  });

  it('is a record whose outputs the broker has not acknowledged', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 2));
    rig.back(0, VERDICT.produced, true);
    assert.equal(holding(rig, epoch)?.why, 'outputs');
  });

  it('has no hash where the record has no key', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 1, () => null));
    assert.equal(holding(rig, epoch)?.keyHash, null);
  });
});
