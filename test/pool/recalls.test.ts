import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recalls } from '../../src/pool/recalls.ts';

/** Whether a promise is resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);
}

test('a recall is over when every thread that was asked has answered', async () => {
  const recalls = new Recalls();
  const { id, done } = recalls.start([0, 1]);
  recalls.answer(id, 1);
  assert.equal(await isDone(done), false);
  recalls.answer(id, 0);
  assert.equal(await isDone(done), true);
});

test('a recall that asks nobody is over at once', async () => {
  assert.equal(await isDone(new Recalls().start([]).done), true);
});

test('a thread that is gone has answered everything', async () => {
  const recalls = new Recalls();
  const first = recalls.start([0, 1]);
  const second = recalls.start([0]);
  recalls.answerAll(0);
  assert.equal(await isDone(second.done), true);
  assert.equal(await isDone(first.done), false);
  recalls.answer(first.id, 1);
  assert.equal(await isDone(first.done), true);
});

test('an answer counts once, for its recall and from a thread that was asked', async () => {
  const recalls = new Recalls();
  const first = recalls.start([0, 1]);
  const second = recalls.start([0, 1]);
  recalls.answer(first.id, 0);
  recalls.answer(first.id, 0);
  recalls.answer(first.id, 7);
  recalls.answer(99, 1);
  assert.equal(await isDone(first.done), false);
  assert.equal(await isDone(second.done), false);
});
