import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

/** Fails a record of value `fail` at its first attempt; waits for the gate at `wait`. */
const SOURCE = `
  const gate = ({ options }) => Atomics.waitAsync(new Int32Array(options.gate), 0, 0).value;
  export default (record, ctx) => {
    if (record.value === 'fail' && record.attempt === 1) throw new Error('no luck');
    if (record.value !== 'wait') return;
    ctx.logger.info('waiting');
    return gate(ctx);
  };
`;

test('after a failure the lane comes back not run, until it is opened; others go on', async (t) => {
  const pool = await PoolHarness.start(t, { files: { 'handler.mjs': SOURCE } });
  pool.send([{ lane: 1, value: 'fail' }, { lane: 2 }, { lane: 1 }]);
  await pool.verdicts(3);
  pool.send([{ lane: 1, offset: 3 }]);
  await pool.verdicts(4);
  pool.pool.open(0, 0, 1);
  await pool.until('opened', (heard) => heard.some(({ type }) => type === 'opened'));
  pool.send([{ lane: 1, value: 'fail', offset: 0 }], { attempt: 2 });
  pool.send([{ lane: 1, offset: 2 }]);
  assert.deepEqual(await pool.verdicts(6), [
    '0 fail',
    '1 ack',
    '2 notRun',
    '3 notRun',
    '0 ack',
    '2 ack',
  ]);
});

test('what was sent of a lane before it opens comes back before the answer', async (t) => {
  const pool = await PoolHarness.start(t, { files: { 'handler.mjs': SOURCE } });
  pool.send([{ lane: 1, value: 'fail' }]);
  await pool.verdicts(1);
  pool.send([
    { lane: 1, offset: 1 },
    { lane: 1, offset: 2 },
  ]);
  pool.pool.open(0, 0, 1);
  pool.send([{ lane: 1, offset: 3 }]);
  await pool.verdicts(4);
  const told = pool.heard.flatMap((each) => {
    if (each.type === 'verdict') return [`${each.offset} ${each.verdict}`];
    return each.type === 'opened' ? ['opened'] : [];
  });
  assert.deepEqual(told, ['1 notRun', '2 notRun', 'opened', '3 ack']);
});

test('a recall gives back what has not started of one partition, before its answer', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': SOURCE },
    spec: { concurrency: 1, options: { gate: gate.memory } },
  });
  pool.pool.announce({ index: 1, topic: 'orders', partition: 1, origin: 0n });
  pool.send([{ value: 'wait' }, {}, {}]);
  pool.send([{ offset: 10 }], { partition: 1 });
  await pool.logs('waiting');
  await pool.recall(0);
  const told = pool.heard.flatMap((each) => {
    if (each.type === 'verdict') return [`${each.offset} ${each.verdict}`];
    return each.type === 'recalled' ? ['recalled'] : [];
  });
  assert.deepEqual(told, ['1 notRun', '2 notRun', 'recalled']);
  gate.open();
  assert.deepEqual((await pool.verdicts(4)).slice(2), ['0 ack', '10 ack']);
});

test('a recall asks every thread', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': SOURCE },
    spec: { concurrency: 1, options: { gate: gate.memory } },
    workers: { threads: 2 },
  });
  for (const thread of [0, 1]) {
    pool.send([{ value: 'wait', offset: thread * 10 }, { offset: thread * 10 + 1 }], { thread });
  }
  await pool.logs('waiting', 2);
  await pool.recall(0);
  assert.deepEqual(pool.verdictsSoFar.sort(), ['1 notRun', '11 notRun']);
  gate.open();
});

test('an abort tells the running records of its partition why, and counts them as not run when they end by it', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default (record, { signal, logger }) => new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          logger.info('aborted', { code: signal.reason.code, name: signal.reason.name });
          if (record.value === 'finish') resolve();
          else reject(signal.reason);
        });
        logger.info('waiting');
      })`,
    },
  });
  pool.pool.announce({ index: 1, topic: 'orders', partition: 1, origin: 0n });
  pool.send([{ value: 'heed' }, { value: 'finish' }]);
  pool.send([{ value: 'heed', offset: 10 }], { partition: 1 });
  await pool.logs('waiting', 3);
  pool.pool.abort(0, 'revoked');
  assert.deepEqual((await pool.verdicts(2)).sort(), ['0 notRun', '1 ack']);
  pool.pool.abort(1, 'shutdown');
  await pool.verdicts(3);
  const reasons = (await pool.logs('aborted', 3)).map(({ code, name }) => [code, name]);
  assert.deepEqual(reasons, [
    ['revoked', 'AbortError'],
    ['revoked', 'AbortError'],
    ['shutdown', 'AbortError'],
  ]);
});

test('past its timeout an attempt is told: rejected then it failed by timeout, resolved then it is acknowledged', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default async (record, { signal, logger }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        logger.info('told', { code: signal.reason.code });
        if (record.value === 'heed') throw new Error('cut short');
      }`,
    },
    spec: { timeoutMs: 30, graceMs: 10_000 },
  });
  pool.send([{ value: 'heed' }, { value: 'finish' }]);
  assert.deepEqual((await pool.verdicts(2)).sort(), ['0 fail', '1 ack']);
  const { kind, mayRetry, error } = await pool.failure(0);
  assert.deepEqual([kind, mayRetry, error.code], ['timeout', true, 'timeout']);
  assert.deepEqual(
    (await pool.logs('told', 2)).map(({ code }) => code),
    ['timeout', 'timeout'],
  );
});

test('partitions that are announced later, or forgotten, are known to every thread, also to its successors', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default (record, ctx) => {
        if (record.value === 'exit') process.exit(1);
        ctx.logger.info('place', { at: record.topic + '/' + record.partition + '@' + record.offset });
      }`,
    },
  });
  pool.pool.announce({ index: 7, topic: 'late', partition: 3, origin: 100n });
  pool.pool.forget(0);
  pool.send([{ value: 'exit' }], { partition: 7 });
  await pool.ups(2);
  pool.send([{ offset: 5 }], { partition: 7 });
  assert.deepEqual((await pool.logs('place'))[0]?.['at'], 'late/3@105');
});
