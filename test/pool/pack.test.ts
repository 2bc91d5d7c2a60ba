import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChunkRun, indexBytes, viewChunk } from '../../src/contract/chunk.ts';
import { pack } from '../../src/pool/pack.ts';
import { planOf, planOfRuns } from '../support/chunk-plans.ts';
import { blockOfBodies, bodyOf } from '../support/record-bodies.ts';

/** Records of a packed chunk, each as its fields and the bytes of its body. */
function unpacked(buffer: ArrayBuffer, count: number) {
  const views = viewChunk(buffer, count);
  return Array.from({ length: count }, (_, i) => ({
    offset: views.offset[i],
    timestamp: views.timestamp[i],
    lane: views.lane[i],
    partition: views.partition[i],
    attempt: views.attempt[i],
    body: [...views.bytes.subarray(views.start[i], views.end[i])],
  }));
}

/** What a run of records should look like after it was packed, worked out record by record. */
function expected({ block, lane, from, to, partition, shift, attempt }: ChunkRun) {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k;
    return {
      offset: (block.offset[i] as number) + shift,
      timestamp: block.timestamp[i],
      lane: lane[i],
      partition,
      attempt,
      body: [...block.bytes.subarray(block.start[i], block.end[i])],
    };
  });
}

const BODY = fc.record({
  key: fc.option(fc.uint8Array({ maxLength: 20 })),
  value: fc.option(fc.uint8Array({ maxLength: 100 })),
  timestamp: fc.integer({ min: -1, max: 2 ** 45 }),
});

const RUN: fc.Arbitrary<ChunkRun> = fc
  .record({
    bodies: fc.array(BODY, { minLength: 1, maxLength: 12 }),
    gap: fc.nat(5),
    cut: fc.tuple(fc.nat(11), fc.nat(11)),
    partition: fc.nat(5000),
    shift: fc.integer({ min: 0, max: 2 ** 50 }),
    attempt: fc.integer({ min: 1, max: 100 }),
    lanes: fc.array(fc.integer(), { minLength: 12, maxLength: 12 }),
  })
  .map(({ bodies, gap, cut, partition, shift, attempt, lanes }) => {
    const block = blockOfBodies(bodies, 0n, gap);
    const [a = 0, b = 0] = cut.map((at) => at % block.count).sort((x, y) => x - y);
    const lane = Int32Array.from(lanes.slice(0, block.count));
    return { block, lane, from: a, to: b + 1, partition, shift, attempt };
  });

test('every record of every run arrives with its bytes and all that is known of it', () => {
  fc.assert(
    fc.property(fc.array(RUN, { minLength: 1, maxLength: 8 }), (runs) => {
      const plan = planOfRuns(runs);
      assert.deepEqual(unpacked(pack(plan), plan.count), runs.flatMap(expected));
    }),
  );
});

test('a record that is packed alone takes no bytes of its neighbours', () => {
  const block = blockOfBodies([{ value: 'one' }, { value: 'two' }, { value: 'three' }], 0n, 9);
  const lane = new Int32Array(3);
  const run = { block, lane, from: 1, to: 2, partition: 0, shift: 0, attempt: 1 };
  const buffer = pack(planOfRuns([run]));
  assert.deepEqual(Buffer.from(buffer, indexBytes(1)), Buffer.from(bodyOf({ value: 'two' })));
});

test('a block stays as it was', () => {
  const plan = planOf([{ value: 'one' }, { value: 'two' }]);
  const before = structuredClone(plan.runs[0]?.block);
  pack(plan);
  assert.deepEqual(plan.runs[0]?.block, before);
});

test('a record of 20 MB is a chunk like any other', () => {
  const plan = planOf([{ value: new Uint8Array(20_000_000).fill(7) }]);
  const [record] = unpacked(pack(plan), 1);
  assert.equal(record?.body.length, plan.bytes);
});
