import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FetchAnswer, fetchResponse } from '../../src/kafka/fetch-response.ts';
import { answers, type FetchedSpec } from '../support/fake-wire.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const transaction = fc.record({ producerId: int64, firstOffset: int64 }, { noNullPrototype: true });
const partition: fc.Arbitrary<Required<FetchedSpec>> = fc.record({
  topic: fc.string({ maxLength: 12, unit: 'grapheme' }),
  partition: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  error: fc.integer({ min: -1, max: 120 }),
  highWatermark: int64,
  lastStable: int64,
  aborted: fc.option(fc.array(transaction, { maxLength: 3 })),
  set: fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))),
});
const partitions = fc.array(partition, { maxLength: 6 });

const decode = async (frame: Buffer): Promise<FetchAnswer> =>
  fetchResponse.parse(await fetchResponse.decode(frame));

/** Header of a response: no throttling, no error, no session; then the number of topics. */
const withTopics = (count: number): Buffer => {
  const bytes = Buffer.alloc(14);
  bytes.writeInt32BE(count, 10);
  return bytes;
};

const whole: FetchedSpec = {
  topic: 'orders',
  partition: 3,
  highWatermark: 20n,
  aborted: [{ producerId: 7n, firstOffset: 11n }],
  set: Buffer.from('records'),
};

describe('fetchResponse', () => {
  it('reads every field of every partition, whatever the values', async () => {
    await fc.assert(
      fc.asyncProperty(partitions, fc.nat(), fc.integer({ min: -1, max: 120 }), async (...all) => {
        const [specs, throttleMs, error] = all;
        const frame = answers.fetch(specs, { throttleMs, error });
        assert.deepEqual(await decode(frame), {
          clientSideThrottleTime: throttleMs,
          errorCode: error,
          bytes: frame.byteLength,
          partitions: specs.map((spec) => ({
            topic: spec.topic,
            partition: spec.partition,
            errorCode: spec.error,
            highWatermark: spec.highWatermark,
            lastStableOffset: spec.lastStable,
            abortedTransactions: spec.aborted ?? [],
            set: spec.set ?? Buffer.alloc(0),
            divergedAt: null,
          })),
        });
      }),
    );
  });

  it('agrees with the decoder of kafkajs about everything but the records', async () => {
    const require = createRequire(import.meta.url);
    const theirs = require('kafkajs/src/protocol/requests/fetch/v11/response') as {
      decode(frame: Buffer): Promise<{
        clientSideThrottleTime: number;
        responses: { topicName: string; partitions: Record<string, unknown>[] }[];
      }>;
    };
    const specs: FetchedSpec[] = [
      { ...whole, set: null },
      { topic: 'orders', partition: 4, error: 6, highWatermark: -1n, aborted: null, set: null },
      { topic: 'bills', partition: 0, highWatermark: 2n ** 62n, lastStable: 5n, set: null },
    ];
    const frame = answers.fetch(specs, { throttleMs: 250 });
    const ours = await decode(frame);
    const expected = await theirs.decode(frame);
    assert.equal(ours.clientSideThrottleTime, expected.clientSideThrottleTime);
    assert.deepEqual(
      ours.partitions.map((each) => ({
        topic: each.topic,
        partition: each.partition,
        errorCode: each.errorCode,
        highWatermark: String(each.highWatermark),
        lastStableOffset: String(each.lastStableOffset),
        aborted: each.abortedTransactions.map((all) => String(all.firstOffset)),
      })),
      expected.responses.flatMap(({ topicName, partitions: each }) =>
        each.map((they) => ({
          topic: topicName,
          partition: they['partition'],
          errorCode: they['errorCode'],
          highWatermark: they['highWatermark'],
          lastStableOffset: they['lastStableOffset'],
          aborted: (they['abortedTransactions'] as { firstOffset: string }[]).map(
            ({ firstOffset }) => firstOffset,
          ),
        })),
      ),
    );
  });

  it('gives record sets as views of the response, without a copy', async () => {
    const frame = answers.fetch([whole]);
    const [fetched] = (await decode(frame)).partitions;
    assert.equal(fetched?.set.buffer, frame.buffer);
    assert.equal(String(fetched?.set), 'records');
  });

  it('refuses a response that ends too early, wherever it ends', async () => {
    const frame = answers.fetch([whole, { ...whole, partition: 4, set: Buffer.from('more') }]);
    for (let size = 0; size < frame.byteLength; size++) {
      await assert.rejects(decode(frame.subarray(0, size)), RangeError, `${size} bytes`);
    }
  });

  it('refuses counts that the response has no room for, without setting memory aside', async () => {
    const aborted = answers.fetch([{ ...whole, set: null }]);
    // Topics int32 | name | partitions int32 | partition's fields up to the count of aborted transactions.
    const countAt = 10 + 4 + 2 + whole.topic.length + 4 + 30;
    aborted.writeInt32BE(2 ** 31 - 1, countAt);
    await assert.rejects(decode(aborted), RangeError);
    await assert.rejects(decode(withTopics(2 ** 31 - 1)), RangeError);
    const many = answers.fetch([{ ...whole, set: null }]);
    many.writeInt32BE(2 ** 31 - 1, 10 + 4 + 2 + whole.topic.length);
    await assert.rejects(decode(many), RangeError);
  });

  it('refuses a topic name of negative length, which would send the reader back for ever', async () => {
    const empty = Buffer.alloc(6);
    const backwards = Buffer.alloc(6);
    // Two bytes of length, less six, plus four for the count of partitions: the same place again.
    backwards.writeInt16BE(-6);
    const frame = Buffer.concat([withTopics(1_000), empty, backwards]);
    await assert.rejects(decode(frame), RangeError);
  });

  it('takes null arrays and null record sets for empty ones', async () => {
    assert.deepEqual((await decode(withTopics(-1))).partitions, []);
    const [fetched] = (await decode(answers.fetch([{ ...whole, aborted: null, set: null }])))
      .partitions;
    assert.deepEqual(fetched?.abortedTransactions, []);
    assert.equal(fetched?.set.byteLength, 0);
  });

  it('either reads arbitrary bytes or refuses them as too short', async () => {
    await fc.assert(
      fc.asyncProperty(partitions, fc.nat(), fc.uint8Array({ minLength: 1 }), async (...all) => {
        const [specs, at, noise] = all;
        const frame = answers.fetch(specs);
        const place = at % frame.byteLength;
        frame.set(noise.subarray(0, frame.byteLength - place), place);
        await decode(frame).catch((cause: unknown) => assert(cause instanceof RangeError));
      }),
    );
  });
});
