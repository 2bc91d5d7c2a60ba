import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NonRetryableError } from '../../src/contract/handler.ts';
import { CELL } from '../../src/contract/thread.ts';
import { Gates, RunnerHarness } from '../support/runner-harness.ts';

test('a record whose handler returns is acknowledged', () => {
  const harness = new RunnerHarness(() => undefined);
  harness.send([{}, {}]);
  assert.deepEqual(harness.verdicts, ['0 ack', '1 ack']);
  assert.equal(harness.stateOf(0), 'done');
});

test('what a handler returns is nothing to anyone when there is no sink', () => {
  const harness = new RunnerHarness(() => 10n);
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
