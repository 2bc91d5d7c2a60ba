import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameQueue } from '../../src/broker/frame-queue.ts';
import { MalformedFrame } from '../../src/broker/wire/malformed-frame.ts';

function framed(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

test('frames come out whole and in order however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
  fc.assert(
    fc.property(bodies, cuts, (sent, lengths) => {
      const stream = Buffer.concat(sent.map(framed));
      const queue = new FrameQueue(100);
      const received: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = lengths[i % lengths.length] as number;
        queue.push(stream.subarray(at, at + length));
        at += length;
        for (let frame = queue.next(); frame !== null; frame = queue.next()) received.push(frame);
      }
      assert.deepEqual(
        received.map((frame) => [...frame]),
        sent.map((body) => [...body]),
      );
      assert.equal(queue.bytes, 0);
    }),
  );
});

test('a frame that came in one piece is not copied', () => {
  const chunk = Buffer.concat([framed(Buffer.alloc(10)), framed(Buffer.alloc(20))]);
  const queue = new FrameQueue(100);
  queue.push(chunk);
  assert.equal(queue.next()?.buffer, chunk.buffer);
  assert.equal(queue.hasNext, true);
});

test('a size below zero or above the limit is malformed as soon as it is there', () => {
  for (const size of [-1, 101, 2 ** 31 - 1]) {
    const queue = new FrameQueue(100);
    const head = Buffer.alloc(4);
    head.writeInt32BE(size);
    queue.push(head);
    assert.equal(queue.hasNext, true);
    assert.throws(() => queue.next(), MalformedFrame);
  }
});
