import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { murmur2, partitionFor } from '../../../src/kafka/records/murmur2.ts';

const require = createRequire(import.meta.url);
const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: Buffer,
) => number;

describe('murmur2', () => {
  for (const [text, hash] of [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ] as const) {
    it(`is the hash in Kafka's own tests for ${text}`, () => {
      assert.equal(murmur2(Buffer.from(text)), hash);
    });
  }

  it('agrees with kafkajs for any key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
        assert.equal(murmur2(key), kafkajsMurmur2(Buffer.from(key)));
      }),
    );
  });
});

describe('partitionFor', () => {
  it('clears the sign bit before it divides', () => {
    assert.equal(partitionFor(Buffer.from('foobar'), 1000), (-790332482 & 0x7fffffff) % 1000);
  });

  it('is a partition that exists, for any key', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 10_000 }), (key, partitions) => {
        const partition = partitionFor(key, partitions);
        assert(partition >= 0 && partition < partitions);
      }),
    );
  });
});
