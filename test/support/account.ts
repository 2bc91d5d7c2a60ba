import assert from 'node:assert/strict';
import type { Partition } from '../../src/flow/partition.ts';
import type { Tally } from '../../src/flow/tally.ts';
import type { EpochModel } from './epoch-model.ts';
import type { Counts } from './witness.ts';

/** P1 to P4: what an open epoch says of itself is what the naive account says. */
export function checkEpoch(model: EpochModel): void {
  const { epoch, watermark, committed } = model;
  const { partition } = epoch;
  const offered = Number(epoch.commitPoint()?.offset ?? -1n);
  assert.equal(Number(epoch.position), model.position, 'position');
  assert.equal(Number(epoch.watermark), watermark, 'P1: the watermark is the first open record');
  if (model.open === 0)
    assert.equal(watermark, model.position, 'P3: with nothing open it is the position');
  const isNews = watermark > committed || model.settled > model.noted;
  assert.equal(offered, isNews ? watermark : -1, 'the watermark is offered');
  if (offered >= 0) {
    assert(offered >= model.offered, 'P4: what is offered never goes back');
    model.offered = offered;
  }
  assert.equal(partition.inFlight, model.inFlight, 'records in flight');
  assert.equal(partition.awaiting, model.awaiting, 'records that await their outputs');
  assert.equal(partition.backlog.records, model.open, 'records held');
  assert.equal(partition.backlog.bytes, model.bytes, 'bytes held');
}

/** With nothing on any thread, no record may wait for no reason: nobody would wake it. */
export function checkStall(model: EpochModel, nowMs: number, maxUncommitted: number): void {
  const { epoch, entries, low, committedIndex } = model;
  const { state, lanes } = epoch.partition;
  if (model.open === 0) assert.equal(lanes.size, 0, 'no lane is left when nothing waits');
  if (state !== 'running' && state !== 'draining') return;
  if (nowMs > model.untilMs) return;
  const limit = Math.min(
    committedIndex + maxUncommitted,
    state === 'draining' ? model.top : entries.length,
  );
  for (let i = low; i < limit; i++) {
    const entry = entries[i];
    if (entry?.state !== 'waiting' || entry.lane.latestMs >= nowMs || entry.lane.isHalted) continue;
    const [earlier] = entry.lane.before(entry);
    assert(earlier, `P12: ${entry.place} waits though a thread is free and nothing is under way`);
  }
}

/** The counts of the manual's metrics. */
export function checkTally(tally: Tally, counts: Counts): void {
  const sums = { ack: 0, skip: 0, drop: 0, failed: 0 };
  for (const { ack, skip, drop, failed } of tally.topics.values()) {
    sums.ack += ack;
    sums.skip += skip;
    sums.drop += drop;
    for (const count of Object.values(failed)) sums.failed += count;
  }
  const { acked: ack, skipped: skip, dropped: drop, failed } = counts;
  assert.deepEqual(
    { ...sums, stale: tally.stale },
    { ack, skip, drop, failed, stale: counts.stale },
  );
}

/** Nothing is left of a partition whose records have all ended. */
export function checkEmpty({ backlog, lanes, inFlight, awaiting, ledger }: Partition): void {
  assert.equal(backlog.records, 0, 'records held');
  assert.equal(backlog.bytes, 0, 'bytes held');
  assert.equal(inFlight, 0, 'records in flight');
  assert.equal(awaiting, 0, 'records that await their outputs');
  assert.equal(lanes.size, 0, 'lanes');
  assert.equal(ledger.span, 0, 'records in the ledger');
}
