import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leaderEpochBefore } from '../../../src/kafka/records/leader-epoch.ts';
import { batch, record } from './naive.ts';

const inEpoch = (epoch: number, baseOffset: bigint): Buffer => {
  const bytes = Buffer.from(
    batch({
      base: baseOffset,
      last: baseOffset + 1n,
      records: [record(Number(baseOffset)), record(Number(baseOffset) + 1)],
    }),
  );
  bytes.writeInt32BE(epoch, 12);
  return bytes;
};

describe('leaderEpochBefore', () => {
  it('is the epoch of the batch that ends there', () => {
    const set = Buffer.concat([inEpoch(3, 0n), inEpoch(5, 2n)]);
    assert.equal(leaderEpochBefore(set, 4n), 5);
    assert.equal(leaderEpochBefore(set.subarray(0, set.length - 1), 2n), 3);
  });

  it('is unknown when the set goes on behind it, and without a whole batch', () => {
    const set = Buffer.concat([inEpoch(3, 0n), inEpoch(5, 2n)]);
    assert.equal(leaderEpochBefore(set, 2n), -1);
    assert.equal(leaderEpochBefore(set.subarray(0, 20), 0n), -1);
    assert.equal(leaderEpochBefore(Buffer.alloc(0), 0n), -1);
  });
});
