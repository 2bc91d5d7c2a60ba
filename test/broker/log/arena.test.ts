import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena, joined } from '../../../src/broker/log/arena.ts';

test('small pieces are copied next to each other, so that they go out as one', () => {
  const arena = new Arena();
  const frame = Buffer.alloc(1000, 1);
  const kept = [arena.keep(frame.subarray(0, 100)), arena.keep(frame.subarray(500, 600))];
  frame.fill(2);
  const [run, ...more] = joined(kept);
  assert.deepEqual(run, Buffer.alloc(200, 1));
  assert.equal(more.length, 0);
});

test('a large piece stays in its memory when it fills most of it, and is copied when not', () => {
  const own = Buffer.alloc(200_000);
  assert.equal(new Arena().keep(own).buffer, own.buffer);
  const shared = Buffer.alloc(1_000_000).subarray(0, 200_000);
  const kept = new Arena().keep(shared);
  assert.equal(kept.buffer.byteLength, 200_000);
});

test('pieces that are no neighbours stay apart, and none is lost or moved', () => {
  const arena = new Arena();
  const pieces = Array.from({ length: 200 }, (_, i) => arena.keep(Buffer.alloc(1 + i * 20, i)));
  assert.deepEqual(Buffer.concat(joined(pieces)), Buffer.concat(pieces));
  assert.ok(joined(pieces).length < 10);
  assert.equal(joined([...pieces].reverse()).length, 200);
});
