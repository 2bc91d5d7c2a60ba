import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Held } from '../../src/kafka/intake.ts';
import { stopReason } from '../../src/kafka/stop-reason.ts';

const held = new Held('orders', 3);
const range = { start: 10n, end: 20n };

describe('stopReason', () => {
  it('says of a partition without a committed offset which setting keeps it from being read', () => {
    const reason = stopReason({ type: 'uncommitted' }, held, null, range);
    assert.equal(reason.code, 'MR350');
    assert.match(reason.message, /^orders\/3 has no committed offset .*autoOffsetReset is none/);
    assert.deepEqual(reason.facts, { topic: 'orders', partition: 3 });
  });

  it('says of a lost offset what is committed and what the log still has', () => {
    const loss = { cause: 'deleted', from: 10n } as const;
    const reason = stopReason({ type: 'lost', loss }, held, 7n, range);
    assert.equal(reason.code, 'MR351');
    assert.match(reason.message, /offset 7 is below the start of the log. .* from 10 to 20\./);
    assert.deepEqual(reason.facts, {
      topic: 'orders',
      partition: 3,
      committed: 7n,
      logStart: 10n,
      logEnd: 20n,
      cause: 'deleted',
    });
  });

  for (const [cause, words] of [
    ['beyond', /offset 25 is above the end of the log/],
    ['truncated', /log was cut: what was read from 18 to 25 is not in it/],
    ['recreated', /topic was deleted and created anew: the offset 25 is of the old one/],
  ] as const) {
    it(`says of an offset that is lost what happened: ${cause}`, () => {
      const loss = { cause, from: 18n };
      assert.match(stopReason({ type: 'lost', loss }, held, 25n, range).message, words);
    });
  }
});
