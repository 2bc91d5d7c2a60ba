import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AnyApi, Api } from '../../src/broker/api.ts';
import { APIS } from '../../src/broker/apis/index.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import type { Schema } from '../../src/broker/wire/schema.ts';
import { batchOf } from '../support/broker-batches.ts';
import { BrokerClient, readAnswer, requestFrame } from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';
import { messageOf } from '../support/messages.ts';

/** Each run sends up to 20 frames; more runs find more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);

/** A request of any API in any version, with any values that its layout allows. */
const anyRequest: fc.Arbitrary<Buffer> = fc.constantFrom(...APIS).chain((api: AnyApi) =>
  fc.integer({ min: api.versions[0], max: api.versions[1] }).chain((version) =>
    messageOf(api.request, version, version >= api.flexibleFrom).map((body) => {
      // Waits would only make the run longer.
      const bounded = 'maxWaitMs' in body ? Object.assign(body, { maxWaitMs: 0 }) : body;
      const header = { correlationId: 1_000_000, clientId: 'fuzz' };
      return Buffer.concat(requestFrame(api as Api<Schema, Schema>, version, bounded, header));
    }),
  ),
);

/** A request of which some bytes are others, or that ends early; its size is right or not. */
const mutatedRequest: fc.Arbitrary<Buffer> = fc
  .tuple(
    anyRequest,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.nat(),
    fc.boolean(),
  )
  .map(([request, changes, cut, isCut]) => {
    const bytes = Buffer.from(isCut ? request.subarray(0, 4 + (cut % request.length)) : request);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    // Most sizes are made right, since a wrong one hides all that follows it.
    if (bytes.length > 8 && cut % 4 !== 0) bytes.writeInt32BE(bytes.length - 4);
    return bytes;
  });

const anyBytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 64 })
  .map((bytes) => Buffer.from(bytes));

test('whatever bytes come in, others are served, answers keep their order, and no fault shows', async () => {
  await using scene = await BrokerScene.open({
    topics: { orders: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  scene.broker.produce('orders', 0, batchOf(10));
  const witness = await scene.connect();
  const address = scene.broker.bootstrap;
  const frames = fc.array(fc.oneof(anyRequest, mutatedRequest, anyBytes), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(frames, async (sent) => {
      const client = await BrokerClient.connect(address);
      for (const frame of sent) client.write(frame);
      const { brokers } = await witness.send(metadata, 12, { topics: [] });
      assert.equal(brokers.length, 1);
      client.close();
    }),
    { numRuns: RUNS },
  );
  assert.deepEqual(scene.faults, []);
});

test('sound requests of any content are all answered, in their order', async () => {
  await using scene = await BrokerScene.open({
    topics: { orders: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  const asked = fc.array(anyRequest, { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(asked, async (requests) => {
      const client = await scene.connect();
      const told: number[] = [];
      // Those whose answer is not sent, or that wait for other members, would hold up the last one.
      const quiet = requests.filter((request) => !SILENT.has(request.readInt16BE(4)));
      for (const [i, request] of quiet.entries()) {
        request.writeInt32BE(i, 8);
        client.write(request);
        told.push(i);
      }
      const last = client.post(metadata, 12, { topics: [] });
      const answered: number[] = [];
      for (const _ of told) answered.push((await client.frame()).readInt32BE());
      assert.deepEqual(answered, told);
      readAnswer(metadata, 12, last, await client.frame());
      client.close();
    }),
    { numRuns: RUNS },
  );
  assert.deepEqual(scene.faults, []);
});

/** Produce is not answered with acks 0, and closes the connection without records; JoinGroup and SyncGroup may wait. */
const SILENT: ReadonlySet<number> = new Set([0, 11, 14]);
