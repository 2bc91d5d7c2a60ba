import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { receiveMessageOnPort } from 'node:worker_threads';
import { CHUNK_RECORDS, tokenOf } from '../../src/contract/chunk.ts';
import { type FromThread, RECORD, type ToThread } from '../../src/contract/thread.ts';
import { WorkerThread } from '../../src/pool/worker-thread.ts';
import { planOf, type TestPlan } from '../support/chunk-plans.ts';

/** A thread as the main thread sees it, without a thread behind it: the test is at the other end of the port. */
function threadOf(t: TestContext, pages = 4) {
  const received: FromThread[] = [];
  const thread = new WorkerThread<TestPlan>(3, pages, [], (message) => received.push(message));
  const { port } = thread.start;
  // Here nothing else keeps the process alive, as the threads do otherwise.
  thread.port.ref();
  port.ref();
  t.after(() => {
    port.close();
    thread.port.close();
  });
  const sent = (): ToThread | undefined => receiveMessageOnPort(port)?.message;
  return { thread, port, received, sent };
}

const records = (count: number) => Array.from({ length: count }, () => ({ value: 'v' }));
const line = (message: string): FromThread => ({
  type: 'log',
  line: { level: 'info', message, pipeline: 'orders', thread: 3, fields: {} },
});

test('a chunk is posted with its page, and its records wait', (t) => {
  const { thread, sent } = threadOf(t);
  thread.memory.status.fill(RECORD.done);
  thread.send(1, planOf(records(3)));
  const message = sent();
  assert.ok(message?.type === 'chunk');
  assert.deepEqual([message.pipeline, message.page, message.count], [1, 0, 3]);
  assert.deepEqual(
    [...thread.memory.status.subarray(0, 4)],
    [RECORD.waiting, RECORD.waiting, RECORD.waiting, RECORD.done],
  );
});

test('what the pump gets names the thread, its memory and its handlers', (t) => {
  const { thread } = threadOf(t);
  const { start } = thread.start;
  assert.deepEqual([start.thread, start.pages, start.handlers], [3, 4, []]);
  assert.equal(start.memory, thread.memory.status.buffer);
});

test('a page is free again when the last verdict of its chunk is there', (t) => {
  const { thread } = threadOf(t, 1);
  const plan = planOf(records(3));
  thread.send(0, plan);
  assert.ok(thread.isBusy);
  assert.equal(thread.answered(tokenOf(0, 2), 1), plan);
  assert.throws(() => thread.send(0, planOf(records(1))), /a page for each chunk/);
  assert.equal(thread.answered(tokenOf(0, 0), 2), plan);
  assert.equal(thread.isBusy, false);
  const next = planOf(records(1));
  thread.send(0, next);
  assert.equal(thread.answered(tokenOf(0, 0), 1), next);
});

test('a verdict for a chunk that was not sent is a bug that is told', (t) => {
  const { thread } = threadOf(t);
  assert.throws(() => thread.answered(tokenOf(0, 0), 1), /a verdict is for a chunk that was sent/);
});

test('the pipeline of a record is known while the thread holds it', (t) => {
  const { thread } = threadOf(t);
  thread.send(5, planOf(records(1)));
  assert.equal(thread.pipelineOf(tokenOf(0, 0)), 5);
  thread.answered(tokenOf(0, 0), 1);
  assert.equal(thread.pipelineOf(tokenOf(0, 0)), null);
  assert.equal(thread.pipelineOf(-1), null);
});

test('messages of the thread arrive in order', async (t) => {
  const { thread, port, received } = threadOf(t);
  port.postMessage(line('one'));
  port.postMessage(line('two'));
  while (received.length < 2) await once(thread.port, 'message');
  assert.deepEqual(received, [line('one'), line('two')]);
});

test('a dead thread leaves the records without a verdict, each with what the memory says of it', (t) => {
  const { thread } = threadOf(t);
  const first = planOf(records(4));
  const second = planOf(records(2));
  thread.send(0, first);
  thread.send(1, second);
  thread.answered(tokenOf(0, 1), 1);
  thread.memory.status[tokenOf(0, 0)] = RECORD.done;
  thread.memory.status[tokenOf(0, 1)] = RECORD.done;
  thread.memory.status[tokenOf(0, 2)] = RECORD.running;
  thread.memory.status[tokenOf(1, 1)] = RECORD.told;
  const lost = thread.takeOver(() => {});
  assert.deepEqual(
    lost.map(({ pipeline, chunk, place, state }) => [pipeline, chunk === first, place, state]),
    [
      [0, true, 0, RECORD.done],
      [0, true, 2, RECORD.running],
      [0, true, 3, RECORD.waiting],
      [1, false, 0, RECORD.waiting],
      [1, false, 1, RECORD.told],
    ],
  );
});

test('what a dead thread had posted is received before its records are counted', (t) => {
  const { thread, port } = threadOf(t);
  thread.send(0, planOf(records(2)));
  port.postMessage(line('last words'));
  port.close();
  const heard: FromThread[] = [];
  const lost = thread.takeOver((message) => {
    heard.push(message);
    thread.answered(tokenOf(0, 0), 1);
  });
  assert.deepEqual(heard, [line('last words')]);
  assert.deepEqual(
    lost.map(({ place }) => place),
    [1],
  );
});

test('after the takeover nothing is sent and nothing is received', async (t) => {
  const { thread, port, received, sent } = threadOf(t);
  thread.takeOver(() => {});
  port.postMessage(line('late'));
  thread.post({ type: 'stop' });
  assert.equal(sent(), undefined);
  await once(port, 'close');
  assert.deepEqual(received, []);
});

test('a page may be used again and again, with each size of chunk', (t) => {
  const { thread, sent } = threadOf(t, 2);
  for (let i = 0; i < 1000; i++) {
    const count = 1 + ((i * 37) % CHUNK_RECORDS);
    thread.send(0, planOf(records(count)));
    const message = sent();
    assert.ok(message?.type === 'chunk');
    thread.answered(tokenOf(message.page, 0), count);
  }
  assert.deepEqual(
    thread.takeOver(() => {}),
    [],
  );
});
