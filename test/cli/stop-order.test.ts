import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { StopOrder } from '../../src/cli/stop-order.ts';

const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

/** An order that listens to this process until the test ends, and what it has told. Other listeners are away meanwhile. */
function listening(t: TestContext, isTerminal = false): { order: StopOrder; told: string[] } {
  const others = EVENTS.map((event) => [event, process.rawListeners(event)] as const);
  for (const event of EVENTS) process.removeAllListeners(event);
  t.after(() => {
    for (const [event, listeners] of others) {
      process.removeAllListeners(event);
      for (const listener of listeners) process.on(event, listener as () => void);
    }
  });
  const order = new StopOrder(isTerminal);
  const told: string[] = [];
  order.listen({
    onFirst: (why) => told.push(`first ${why}`),
    onSecond: (why) => told.push(`second ${why}`),
    onBug: (cause) => told.push(`bug ${String(cause)}`),
  });
  return { order, told };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`the first ${signal} is the order to stop, the next signal ends the wait`, async (t) => {
    const { order, told } = listening(t);
    process.emit(signal, signal);
    assert.equal(order.isGiven, true);
    await order.given;
    assert.deepEqual(told, [`first ${signal}`]);
    process.emit('SIGINT', 'SIGINT');
    assert.equal(await order.again, 'again');
    assert.deepEqual(told, [`first ${signal}`, 'second SIGINT']);
  });
}

test('a ctrl-C that npm passes on once more is one order at a terminal, a second one is a second', (t) => {
  const now = t.mock.method(performance, 'now', () => 1000);
  const { told } = listening(t, true);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(told, ['first SIGINT']);
  now.mock.mockImplementation(() => 1100);
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(told, ['first SIGINT', 'second SIGINT']);
});

test('without a terminal two signals are two orders, however soon the second comes', (t) => {
  const { told } = listening(t);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(told, ['first SIGINT', 'second SIGINT']);
});

test('a signal after another reason to stop ends the wait too', async (t) => {
  const { order, told } = listening(t);
  order.give('idle');
  order.give('MillraceError MR301');
  process.emit('SIGTERM', 'SIGTERM');
  assert.equal(await order.again, 'again');
  assert.deepEqual(told, ['first idle', 'second SIGTERM']);
});

test('an error that nobody caught is told, and nothing is waited for', async (t) => {
  const { order, told } = listening(t);
  process.emit('uncaughtException', new Error('oops'));
  assert.equal(await order.again, 'again');
  assert.deepEqual(told, ['bug Error: oops']);
});
