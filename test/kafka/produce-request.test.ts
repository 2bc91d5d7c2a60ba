import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { produceRequest, produceResponse } from '../../src/kafka/produce-request.ts';
import { answers, readRequest } from '../support/fake-wire.ts';

const topic = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const partition = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const batches = fc.uniqueArray(
  fc.record({ topic, partition, batch: fc.uint8Array({ maxLength: 100 }) }),
  { selector: (each) => `${each.topic}/${each.partition}`, minLength: 1, maxLength: 8 },
);

describe('produceRequest', () => {
  it('is a request of version 7 that carries the batches as they are, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<-1 | 0 | 1>(-1, 0, 1),
        fc.nat(),
        batches,
        async (acks, timeoutMs, sent) => {
          const request = produceRequest({ acks, timeoutMs, batches: sent });
          assert.deepEqual(
            [request.apiKey, request.apiVersion, request.apiName],
            [0, 7, 'Produce'],
          );
          const { buffer } = (await request.encode()) as { buffer: Buffer };
          const { partitions, ...rest } = readRequest('Produce', buffer);
          assert.deepEqual(rest, { transactionalId: null, acks, timeoutMs });
          const nameOf = (each: { topic: string; partition: number }): string =>
            `${each.topic}/${each.partition}`;
          assert.equal(partitions.length, sent.length);
          const carried = new Map(partitions.map((each) => [nameOf(each), each.set]));
          for (const each of sent)
            assert.deepEqual(carried.get(nameOf(each)), Buffer.from(each.batch));
        },
      ),
    );
  });

  it('expects an answer unless nobody is to acknowledge', () => {
    const expects = ([-1, 1, 0] as const).map((acks) =>
      produceRequest({ acks, timeoutMs: 1, batches: [] }).expectResponse?.(),
    );
    assert.deepEqual(expects, [true, true, false]);
  });
});

describe('produceResponse', () => {
  it('reads the outcome of each partition and the throttling, whatever the names', async () => {
    const outcomes = fc.uniqueArray(
      fc.record({ topic, partition, error: fc.integer({ min: -1, max: 120 }), offset: int64 }),
      { selector: (each) => `${each.topic}/${each.partition}`, minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(outcomes, fc.nat(), async (sent, throttleMs) => {
        const answer = await produceResponse.decode(answers.produce(sent, throttleMs));
        assert.equal(answer.clientSideThrottleTime, throttleMs);
        for (const each of sent)
          assert.equal(answer.codes.get(each.topic)?.get(each.partition), each.error);
        const count = [...answer.codes.values()].reduce((sum, codes) => sum + codes.size, 0);
        assert.equal(count, sent.length);
      }),
    );
  });

  it('fails for an answer that ends too early, wherever it is cut', async () => {
    const frame = answers.produce([
      { topic: 'orders', partition: 3, offset: 20n },
      { topic: 'orders', partition: 4, offset: 21n },
    ]);
    for (let size = 0; size < frame.byteLength; size++) {
      await assert.rejects(
        async () => produceResponse.decode(frame.subarray(0, size)),
        RangeError,
        `${size} bytes`,
      );
    }
  });
});
