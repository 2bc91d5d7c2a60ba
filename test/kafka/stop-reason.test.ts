import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Held } from '../../src/kafka/intake.ts';
import { stopReason } from '../../src/kafka/stop-reason.ts';

const held = new Held('orders', 3);
const range = { start: 10n, end: 20n };

describe('stopReason', () => {
  it('says of a partition without a committed offset which setting keeps it from being read', () => {
    const reason = stopReason('uncommitted', held, null, range);
    assert.equal(reason.code, 'MR350');
    assert.match(reason.message, /^orders\/3 has no committed offset .*autoOffsetReset is none/);
    assert.deepEqual(reason.facts, { topic: 'orders', partition: 3 });
  });

  it('says of a lost offset what is committed and what the log still has', () => {
    const reason = stopReason('lost', held, 7n, range);
    assert.equal(reason.code, 'MR351');
    assert.match(reason.message, /offset 7 is not in the log, which goes from 10 to 20\./);
    assert.deepEqual(reason.facts, {
      topic: 'orders',
      partition: 3,
      committed: 7n,
      logStart: 10n,
      logEnd: 20n,
    });
  });
});
