import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandlerContext } from '../../src/contract/handler.ts';
import { Gates, RunnerHarness } from '../support/runner-harness.ts';

const SINK = { topic: 'priced', serialize: 'json' } as const;

test('an abort reaches the running records of its partition, and says why', async () => {
  const reasons: unknown[] = [];
  const harness = new RunnerHarness(
    (record, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reasons.push([Number(record.offset), signal.reason.code]);
          resolve(undefined);
        });
      }),
  );
  harness.send([{}], { partition: 0 });
  harness.send([{}], { partition: 1 });
  harness.runner.abort(0, 'revoked');
  await harness.until(1);
  harness.runner.abort(1, 'shutdown');
  await harness.until(2);
  assert.deepEqual(reasons, [
    [0, 'revoked'],
    [1, 'shutdown'],
  ]);
});

test('an attempt that ends by a throw because its partition leaves was not run', async () => {
  for (const reason of ['revoked', 'shutdown'] as const) {
    const gates = new Gates();
    const harness = new RunnerHarness(gates.handle);
    harness.send([{ lane: 1 }]);
    harness.runner.abort(0, reason);
    gates.reject(0, new Error('cut short'));
    assert.deepEqual(await harness.until(1), ['0 notRun']);
    assert.equal(harness.failures.size, 0);
  }
});

test('an attempt that is handled although its partition leaves is acknowledged', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle);
  harness.send([{}]);
  harness.runner.abort(0, 'revoked');
  gates.resolve(0);
  assert.deepEqual(await harness.until(1), ['0 ack']);
});

test('an attempt that rejects after its timeout failed by timeout; one that resolves is acknowledged', async () => {
  const harness = new RunnerHarness(
    (record, { signal }) =>
      new Promise((resolve, reject) => {
        const end = record.value === 'heed' ? reject : resolve;
        signal.addEventListener('abort', () => end(signal.reason));
      }),
    { timeoutMs: 20, graceMs: 500 },
  );
  harness.send([{ value: 'heed' }, { value: 'finish' }]);
  const verdicts = await harness.until(2);
  assert.deepEqual([...verdicts].sort(), ['0 fail', '1 ack']);
  const failure = harness.failures.get(0);
  assert.equal(failure?.kind, 'timeout');
  assert.equal(failure?.mayRetry, true);
});

test('an attempt that ignores its signal is overdue after the grace', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle, { timeoutMs: 10, graceMs: 10 });
  harness.send([{ lane: 1 }, { lane: 1 }]);
  await harness.isOverdue;
  assert.deepEqual(harness.runner.overdue, [0]);
  gates.resolve(0);
  await harness.until(1);
  assert.deepEqual(harness.runner.overdue, []);
});

test('ctx.skip acknowledges as skipped, thrown at once or later', async () => {
  const harness = new RunnerHarness((record, ctx) => {
    if (record.value === 'later') return Promise.resolve().then(() => ctx.skip('not ours'));
    return ctx.skip('not ours');
  });
  harness.send([{ value: 'now' }, { value: 'later' }]);
  assert.deepEqual([...(await harness.until(2))].sort(), ['0 skip', '1 skip']);
  assert.equal(harness.stateOf(0), 'done');
});

test('what a record produced before it was skipped is kept', () => {
  const harness = new RunnerHarness((_, ctx) => {
    void ctx.produce('audit', { value: 1 });
    ctx.skip('only counted');
  });
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 produced']);
  assert.deepEqual(harness.outputs, ['0 audit']);
});

test('a record that produced something is told only by its reply', () => {
  const harness = new RunnerHarness((_, ctx) => void ctx.produce('audit', { value: 1 }));
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 produced']);
  assert.deepEqual(harness.outputs, ['0 audit']);
  assert.equal(harness.stateOf(0), 'told');
});

test('what was produced goes before what was returned', async () => {
  const harness = new RunnerHarness(
    async (_, ctx) => {
      await ctx.produce('audit', { value: 1 });
      return [1, 2];
    },
    { sink: SINK },
  );
  harness.send([{}]);
  await harness.until(1);
  assert.deepEqual(harness.outputs, ['0 audit', '0 priced', '0 priced']);
});

test('a failed attempt produces nothing', () => {
  const harness = new RunnerHarness((_, ctx) => {
    void ctx.produce('audit', { value: 1 });
    throw new Error('no luck');
  });
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 fail']);
  assert.deepEqual(harness.outputs, []);
});

test('a result that the sink does not take is a failed attempt that says so', () => {
  const results = [new Map([[1, 2]]), { id: 1n }];
  const harness = new RunnerHarness(({ offset }) => results[Number(offset)], { sink: SINK });
  harness.send([{}, {}]);
  assert.deepEqual(harness.verdicts, ['0 fail', '1 fail']);
  assert.match(
    harness.failures.get(0)?.error.message ?? '',
    /a Map, which JSON writes as \{\}: use Object\.fromEntries/,
  );
  assert.match(harness.failures.get(1)?.error.message ?? '', /BigInt/);
  assert.deepEqual(harness.outputs, []);
});

for (const sink of [null, SINK]) {
  test(`a returned function or generator was not run: it fails for good, ${sink ? 'with' : 'without'} a sink`, async () => {
    const kinds = [
      [() => {}, /returned a function, which nobody calls/],
      [function later() {}, /returned the function later/],
      [(function* () {})(), /returned a generator, of which nothing runs/],
      [(async function* () {})(), /returned a generator/],
    ] as const;
    for (const [result, words] of kinds) {
      for (const handler of [() => result, () => Promise.resolve(result)]) {
        const harness = new RunnerHarness(handler, { sink });
        harness.send([{}]);
        await harness.until(1);
        assert.deepEqual(harness.verdicts, ['0 fail']);
        assert.equal(harness.failures.get(0)?.mayRetry, false);
        assert.match(harness.failures.get(0)?.error.message ?? '', words);
      }
    }
  });
}

test('an iterator that is no generator is a value like any other', () => {
  const harness = new RunnerHarness(() => new Map().values());
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 ack']);
});

test('an undecodable value fails without a call of the handler', () => {
  let calls = 0;
  const harness = new RunnerHarness(() => calls++, {
    deserialize: { key: 'string', value: 'json' },
  });
  harness.send([{ value: '{' }, { value: '{}' }]);
  assert.deepEqual(harness.verdicts, ['0 fail', '1 ack']);
  assert.equal(harness.failures.get(0)?.kind, 'deserialize');
  assert.equal(harness.failures.get(0)?.mayRetry, false);
  assert.equal(calls, 1);
});

test('whatever a handler throws fails its record and nothing else', async () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrown = [undefined, null, 'text', Object.freeze({}), revoked, Symbol('s')];
  const harness = new RunnerHarness((record) => {
    const what = thrown[Number(record.value)];
    if (record.key === 'later') return Promise.reject(what);
    throw what;
  });
  const values = [...thrown.keys()].map(String);
  harness.send(values.map((value) => ({ key: 'now', value })));
  harness.send(values.map((value) => ({ key: 'later', value })));
  const verdicts = await harness.until(12);
  assert.ok(verdicts.every((verdict) => verdict.endsWith(' fail')));
  assert.equal(harness.failures.size, 12);
});

test('the verdict of a record is decided once, whatever happens to its attempt afterwards', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle, { timeoutMs: 5, graceMs: 5 });
  harness.send([{}]);
  gates.resolve(0);
  await harness.until(1);
  harness.runner.abort(0, 'revoked');
  harness.runner.recall(0);
  harness.runner.retire();
  assert.deepEqual(harness.verdicts, ['0 ack']);
});

test('what is produced after the end of the attempt is not sent', async () => {
  let produce: HandlerContext['produce'] | undefined;
  const harness = new RunnerHarness((_, ctx) => {
    produce = ctx.produce;
  });
  harness.send([{}]);
  await produce?.('audit', { value: 'late' });
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 ack', '1 ack']);
  assert.deepEqual(harness.outputs, []);
});
