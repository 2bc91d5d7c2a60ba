import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AnyApi, Api } from '../../src/broker/api.ts';
import { APIS } from '../../src/broker/apis/index.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { readRequest } from '../../src/broker/request-frame.ts';
import { MalformedFrame } from '../../src/broker/wire/malformed-frame.ts';
import type { Schema } from '../../src/broker/wire/schema.ts';
import { batchOf } from '../support/broker-batches.ts';
import {
  BrokerClient,
  ConnectionClosed,
  readAnswer,
  requestFrame,
} from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';
import { messageOf } from '../support/messages.ts';
import { IS_LONG } from '../support/test-cluster.ts';

const BY_KEY: ReadonlyMap<number, AnyApi> = new Map(APIS.map((api) => [api.key, api]));

/** Frames that each test makes, about; more find more. */
const FRAMES = Number(process.env['FUZZ_RUNS'] ?? (IS_LONG ? 100_000 : 1500));
/** Runs of tests that send about ten frames in each. */
const RUNS = Math.ceil(FRAMES / 10);

function requestOf(api: AnyApi, version: number): fc.Arbitrary<Buffer> {
  return messageOf(api.request, version, version >= api.flexibleFrom).map((body) => {
    // Waits would only make the run longer.
    const bounded = 'maxWaitMs' in body ? Object.assign(body, { maxWaitMs: 0 }) : body;
    const header = { correlationId: 1_000_000, clientId: 'fuzz' };
    return Buffer.concat(requestFrame(api as Api<Schema, Schema>, version, bounded, header));
  });
}

/** A request of any API in any version, with any values that its layout allows. */
const anyRequest: fc.Arbitrary<Buffer> = fc
  .constantFrom(...APIS)
  .chain((api: AnyApi) =>
    fc
      .integer({ min: api.versions[0], max: api.versions[1] })
      .chain((version) => requestOf(api, version)),
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

/** Lengths and counts that reach beyond all that there is, as int32 and as varints. */
const EXTREMES: readonly Buffer[] = [
  '7fffffff',
  '80000000',
  'ffffffff',
  '00ffffff',
  'ffffffff0f',
  'ffffffff7f',
  'ffffffffffffffffff01',
].map((hex) => Buffer.from(hex, 'hex'));

/** A request with such a length in some place of its body, or as its size. */
const hugeRequest: fc.Arbitrary<Buffer> = fc
  .tuple(anyRequest, fc.constantFrom(...EXTREMES), fc.nat(), fc.nat(19))
  .map(([request, extreme, place, kind]) => {
    if (kind === 0) return Buffer.concat([extreme.subarray(0, 4), request.subarray(4)]);
    const at = 4 + (place % (request.length - 4));
    const bytes = Buffer.concat([
      request.subarray(0, at),
      extreme,
      request.subarray(Math.min(request.length, at + extreme.length)),
    ]);
    bytes.writeInt32BE(bytes.length - 4);
    return bytes;
  });

const anyBytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 64 })
  .map((bytes) => Buffer.from(bytes));

test('a decoder reads a frame or calls it malformed, whatever is in it, and takes no room for what is not there', () => {
  const before = process.memoryUsage().arrayBuffers;
  const kinds = { read: 0, malformed: 0 };
  fc.assert(
    fc.property(fc.oneof(anyRequest, mutatedRequest, hugeRequest, anyBytes), (bytes) => {
      try {
        readRequest(bytes.subarray(4), BY_KEY);
        kinds.read++;
      } catch (error) {
        assert.ok(error instanceof MalformedFrame, String(error));
        kinds.malformed++;
      }
    }),
    { numRuns: FRAMES },
  );
  assert.ok(Math.min(kinds.read, kinds.malformed) > FRAMES / 20, JSON.stringify(kinds));
  assert.ok(process.memoryUsage().arrayBuffers - before < 256 * 1024 * 1024);
});

test('a request of each API and version that ends early anywhere is malformed', () => {
  for (const api of APIS) {
    for (let version = api.versions[0]; version <= api.versions[1]; version++) {
      const [frame] = fc.sample(requestOf(api, version), { numRuns: 1, seed: 42 });
      const body = (frame as Buffer).subarray(4);
      assert.equal(readRequest(body, BY_KEY).version, version);
      for (let end = 0; end < body.length; end++) {
        const cut = () => readRequest(body.subarray(0, end), BY_KEY);
        assert.throws(cut, MalformedFrame, `${api.name} ${version}, ${end} bytes`);
      }
    }
  }
});

test('whatever bytes come in, others are served, answers keep their order, and no fault shows', async () => {
  await using scene = await BrokerScene.open({
    topics: { orders: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  scene.broker.produce('orders', 0, batchOf(10));
  const witness = await scene.connect();
  const address = scene.broker.bootstrap;
  const frames = fc.array(fc.oneof(anyRequest, mutatedRequest, hugeRequest, anyBytes), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(frames, async (sent) => {
      const client = await BrokerClient.connect(address);
      for (const frame of sent) client.write(frame);
      const { brokers } = await witness.send(metadata, 12, { topics: [] });
      assert.equal(brokers.length, 1);
      // Whatever it was sent, it hears that there is no more to come, and lets go.
      client.end();
      await client.closed();
    }),
    { numRuns: RUNS },
  );
  assert.deepEqual(scene.faults, []);
});

test('a request of which something is wrong is answered, or ends its connection', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 2 } });
  const ends = { answered: 0, closed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutatedRequest, hugeRequest), async (sent) => {
      fc.pre(sent.length >= 6 && !WAITING.has(sent.readInt16BE(4)));
      sent.writeInt32BE(sent.length - 4);
      const client = await scene.connect();
      client.write(sent);
      const ours = client.post(metadata, 12, { topics: [] });
      try {
        while ((await client.frame()).readInt32BE() !== ours);
        ends.answered++;
      } catch (error) {
        assert.ok(error instanceof ConnectionClosed, String(error));
        ends.closed++;
      }
      client.close();
    }),
    { numRuns: RUNS },
  );
  assert.ok(Math.min(ends.answered, ends.closed) > RUNS / 20, JSON.stringify(ends));
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
/** Fetch, JoinGroup and SyncGroup wait for records and members, as long as they say. */
const WAITING: ReadonlySet<number> = new Set([1, 11, 14]);
