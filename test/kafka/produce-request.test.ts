import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { produceRequest, produceResponse } from '../../src/kafka/produce-request.ts';
import { answers, readRequest } from '../support/fake-wire.ts';

const topic = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const partition = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('produceRequest', () => {
  it('is a request of version 7 that carries the batch as it is, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<-1 | 0 | 1>(-1, 0, 1),
        fc.nat(),
        topic,
        partition,
        fc.uint8Array({ maxLength: 300 }),
        async (acks, timeoutMs, name, number, batch) => {
          const request = produceRequest({
            acks,
            timeoutMs,
            topic: name,
            partition: number,
            batch,
          });
          assert.deepEqual(
            [request.apiKey, request.apiVersion, request.apiName],
            [0, 7, 'Produce'],
          );
          const { buffer } = (await request.encode()) as { buffer: Buffer };
          assert.deepEqual(readRequest('Produce', buffer), {
            transactionalId: null,
            acks,
            timeoutMs,
            partitions: [{ topic: name, partition: number, set: Buffer.from(batch) }],
          });
        },
      ),
    );
  });

  it('expects an answer unless nobody is to acknowledge', () => {
    const expects = ([-1, 1, 0] as const).map((acks) =>
      produceRequest({
        acks,
        timeoutMs: 1,
        topic: 't',
        partition: 0,
        batch: Buffer.alloc(1),
      }).expectResponse?.(),
    );
    assert.deepEqual(expects, [true, true, false]);
  });
});

describe('produceResponse', () => {
  it('reads the outcome, the offset and the throttling, whatever the name of the topic', async () => {
    await fc.assert(
      fc.asyncProperty(
        topic,
        partition,
        fc.integer({ min: -1, max: 120 }),
        int64,
        fc.nat(),
        async (name, number, error, offset, throttleMs) => {
          const frame = answers.produce(
            { topic: name, partition: number, error, offset },
            throttleMs,
          );
          assert.deepEqual(await produceResponse.parse(await produceResponse.decode(frame)), {
            errorCode: error,
            baseOffset: offset,
            clientSideThrottleTime: throttleMs,
          });
        },
      ),
    );
  });

  it('fails for an answer that ends too early, wherever it is cut', async () => {
    const frame = answers.produce({ topic: 'orders', partition: 3, offset: 20n });
    for (let size = 0; size < frame.byteLength; size++) {
      await assert.rejects(
        async () => produceResponse.decode(frame.subarray(0, size)),
        RangeError,
        `${size} bytes`,
      );
    }
  });
});
