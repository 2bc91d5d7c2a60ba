import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NonRetryableError } from '../../src/contract/handler.ts';
import { CELL } from '../../src/contract/thread.ts';
import { RunnerHarness } from '../support/runner-harness.ts';

/** Promises that the test settles, by offset of their record. */
class Gates {
  readonly started: number[] = [];
  readonly #open = new Map<
    number,
    { resolve: (value?: unknown) => void; reject: (cause: unknown) => void }
  >();

  readonly handle = ({ offset }: { offset: bigint }): Promise<unknown> => {
    this.started.push(Number(offset));
    return new Promise((resolve, reject) => this.#open.set(Number(offset), { resolve, reject }));
  };

  resolve(offset: number, value?: unknown): void {
    this.#take(offset).resolve(value);
  }

  reject(offset: number, cause: unknown): void {
    this.#take(offset).reject(cause);
  }

  #take(offset: number) {
    const gate = this.#open.get(offset);
    assert.ok(gate, `record ${offset} runs`);
    this.#open.delete(offset);
    return gate;
  }
}

const SINK = { topic: 'priced', serialize: 'json' } as const;

test('a record whose handler returns is acknowledged', () => {
  const harness = new RunnerHarness(() => undefined);
  harness.send([{}, {}]);
  assert.deepEqual(harness.verdicts, ['0 ack', '1 ack']);
  assert.equal(harness.stateOf(0), 'done');
});

test('what a handler returns is nothing to anyone when there is no sink', () => {
  const harness = new RunnerHarness(() => () => 10n);
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, ['0 ack']);
});

test('a record whose promise resolves is acknowledged then, not before', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle);
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, []);
  assert.equal(harness.stateOf(0), 'running');
  gates.resolve(0);
  assert.deepEqual(await harness.until(1), ['0 ack']);
  assert.equal(harness.stateOf(0), 'done');
});

test('a thenable counts as a promise', async () => {
  // biome-ignore lint/suspicious/noThenProperty: that is what the test is about
  const harness = new RunnerHarness(() => ({ then: (done: () => void) => queueMicrotask(done) }));
  harness.send([{}]);
  assert.deepEqual(harness.verdicts, []);
  assert.deepEqual(await harness.until(1), ['0 ack']);
});

test('a thenable that answers twice, throws, or has a getter that throws, ends its record once', async () => {
  const twice = {
    // biome-ignore lint/suspicious/noThenProperty: that is what the test is about
    then(resolve: () => void, reject: (cause: unknown) => void) {
      resolve();
      reject(new Error('late'));
      resolve();
      throw new Error('later');
    },
  };
  const throwing = {
    // biome-ignore lint/suspicious/noThenProperty: that is what the test is about
    then() {
      throw new Error('then');
    },
  };
  const trap = Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error('getter');
    },
  });
  const results = [twice, throwing, trap];
  const harness = new RunnerHarness(({ offset }) => results[Number(offset)], { concurrency: 1 });
  harness.send([{}, {}, {}]);
  const verdicts = await harness.until(3);
  assert.deepEqual([...verdicts].sort(), ['0 ack', '1 fail', '2 fail']);
  assert.equal(harness.failures.get(1)?.error.message, 'then');
  assert.equal(harness.failures.get(2)?.error.message, 'getter');
  assert.ok(harness.runner.isIdle);
  assert.equal(harness.runner.running, 0);
});

test('at most `concurrency` records run at the same time, and each that ends makes room', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle, { concurrency: 2 });
  harness.send([{}, {}, {}, {}]);
  assert.deepEqual(gates.started, [0, 1]);
  gates.resolve(1);
  await harness.until(1);
  assert.deepEqual(gates.started, [0, 1, 2]);
  assert.equal(harness.runner.running, 2);
});

test('two records of one lane never run at the same time, and run in order', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle);
  harness.send([{ lane: 1 }, { lane: 1 }, { lane: 2 }]);
  assert.deepEqual(gates.started, [0, 2]);
  gates.resolve(0);
  await harness.until(1);
  assert.deepEqual(gates.started, [0, 2, 1]);
});

test('order holds between handlers that return at once and handlers that do not', async () => {
  const gates = new Gates();
  const order: number[] = [];
  const harness = new RunnerHarness((record) => {
    order.push(Number(record.offset));
    return record.value === 'slow' ? gates.handle(record) : undefined;
  });
  harness.send([
    { lane: 1, value: 'quick' },
    { lane: 1, value: 'slow' },
    { lane: 1, value: 'quick' },
  ]);
  assert.deepEqual(order, [0, 1]);
  gates.resolve(1);
  await harness.until(3);
  assert.deepEqual(order, [0, 1, 2]);
});

test('a failed record closes its lane: the rest of it comes back not run', () => {
  const harness = new RunnerHarness(({ offset }) => {
    if (offset === 0n) throw new Error('no luck');
  });
  harness.send([{ lane: 1 }, { lane: 2 }, { lane: 1 }]);
  harness.send([{ lane: 1 }]);
  assert.deepEqual(harness.verdicts, ['0 fail', '1 ack', '2 notRun', '3 notRun']);
  assert.equal(harness.failures.get(0)?.error.message, 'no luck');
  assert.deepEqual(
    [0, 1, 2].map((offset) => harness.stateOf(offset)),
    ['told', 'done', 'told'],
  );
});

test('a failure without a lane holds nothing back', () => {
  const harness = new RunnerHarness(({ offset }) => {
    if (offset === 0n) throw new Error('no luck');
  });
  harness.send([{}, {}]);
  assert.deepEqual(harness.verdicts, ['0 fail', '1 ack']);
});

test('a rejected promise fails its record as a throw does', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle);
  harness.send([{ lane: 1 }, { lane: 1 }]);
  gates.reject(0, new NonRetryableError('gone'));
  assert.deepEqual(await harness.until(2), ['0 fail', '1 notRun']);
  assert.equal(harness.failures.get(0)?.mayRetry, false);
});

test('an opened lane takes records again', () => {
  const harness = new RunnerHarness(({ attempt }) => {
    if (attempt === 1) throw new Error('no luck');
  });
  harness.send([{ lane: 1 }]);
  harness.runner.open(0, 1);
  harness.send([{ lane: 1 }], { attempt: 2 });
  assert.deepEqual(harness.verdicts, ['0 fail', '1 ack']);
});

test('a recall gives back what has not started, and only of its partition', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle, { concurrency: 1 });
  harness.send([{}, {}], { partition: 0 });
  harness.send([{}], { partition: 1 });
  harness.runner.recall(0);
  assert.deepEqual(harness.verdicts, ['1 notRun']);
  gates.resolve(0);
  await harness.until(2);
  assert.deepEqual(gates.started, [0, 2]);
});

test('a runner that retires gives back everything, also what comes later', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle, { concurrency: 1 });
  harness.send([{ lane: 1 }, { lane: 1 }, {}]);
  harness.runner.retire();
  harness.send([{}]);
  gates.resolve(0);
  await harness.until(4);
  assert.deepEqual([...harness.verdicts].sort(), ['0 ack', '1 notRun', '2 notRun', '3 notRun']);
  assert.deepEqual(gates.started, [0]);
});

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
  const results = [() => {}, { id: 1n }];
  const harness = new RunnerHarness(({ offset }) => results[Number(offset)], { sink: SINK });
  harness.send([{}, {}]);
  assert.deepEqual(harness.verdicts, ['0 fail', '1 fail']);
  assert.match(harness.failures.get(0)?.error.message ?? '', /a function, which JSON cannot write/);
  assert.match(harness.failures.get(1)?.error.message ?? '', /BigInt/);
  assert.deepEqual(harness.outputs, []);
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

test('the shared memory names the record that runs now, and none in between', async () => {
  const gates = new Gates();
  const seen: number[] = [];
  const harness = new RunnerHarness((record) => {
    seen.push(harness.memory.cells[CELL.current] as number);
    return gates.handle(record);
  });
  harness.send([{}, {}]);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(harness.memory.cells[CELL.current], 0);
});

test('each start is a sign of life', () => {
  const harness = new RunnerHarness(() => undefined);
  const before = harness.memory.cells[CELL.tick] as number;
  harness.send([{}, {}, {}]);
  assert.equal(harness.memory.cells[CELL.tick], before + 3);
});

test('durations are measured to the end of the promise', async () => {
  const gates = new Gates();
  const harness = new RunnerHarness(gates.handle);
  harness.send([{}]);
  assert.equal(harness.memory.mean[0], 0);
  gates.resolve(0);
  await harness.until(1);
  assert.ok((harness.memory.mean[0] as number) > 0);
  assert.equal(
    harness.memory.durations.slice(1).reduce((sum, count) => sum + count, 0),
    1,
  );
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
