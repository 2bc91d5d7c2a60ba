import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import type { Compression } from '../../../src/contract/config.ts';
import { SMALL_BYTES } from '../../../src/kafka/records/codec/codec.ts';
import {
  CODEC_NUMBER,
  codecName,
  compress,
  expand,
  expandSmall,
} from '../../../src/kafka/records/codecs.ts';

const CODECS: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const MIB = 1 << 20;

const text = Buffer.from(Array.from({ length: 4000 }, (_, i) => `record ${i % 97};`).join(''));

/** 200 MiB of zeros in the shape each format is densest in. */
const BOMB_BYTES = 200 * MIB;
const bombs: Record<string, () => Promise<Uint8Array>> = {
  gzip: async () => zlib.gzipSync(Buffer.alloc(BOMB_BYTES)),
  snappy: () => compress('snappy', Buffer.alloc(BOMB_BYTES)),
  lz4: () => compress('lz4', Buffer.alloc(BOMB_BYTES)),
  zstd: () => compress('zstd', Buffer.alloc(BOMB_BYTES)),
};

setFlagsFromString('--expose-gc');
/** Else what made the bomb is freed while it is defused, and hides what that takes. */
const collectGarbage = runInNewContext('gc') as () => void;

describe('codecs', () => {
  it('have the numbers of the protocol, and 5 to 7 have none', () => {
    const names = [0, 1, 2, 3, 4, 5, 6, 7].map(codecName);
    assert.deepEqual(names.slice(0, 5), ['none', ...CODECS]);
    assert.deepEqual(names.slice(5), [undefined, undefined, undefined]);
    for (const name of CODECS) assert.equal(codecName(CODEC_NUMBER[name]), name);
  });

  it('pass bytes on as they are when there is none, within the bound', async () => {
    assert.equal(await expand('none', text, text.length), text);
    await assert.rejects(expand('none', text, text.length - 1), { code: 'MR311' });
  });

  for (const codec of CODECS) {
    it(`give back what was compressed: ${codec}`, async () => {
      const data = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 400_000 }).map((size) => randomBytes(size)),
        fc.integer({ min: 1, max: 400_000 }).map((size) => Buffer.alloc(size, 'ab')),
      );
      await fc.assert(
        fc.asyncProperty(data, async (bytes) => {
          const back = await expand(codec, await compress(codec, bytes), bytes.length);
          assert(Buffer.from(bytes).equals(back));
        }),
        { numRuns: 40 },
      );
    });

    it(`expand to the bound and not one byte past it: ${codec}`, async () => {
      const random = randomBytes(300_000);
      const packed = await compress(codec, random);
      assert.equal((await expand(codec, packed, random.length)).byteLength, random.length);
      await assert.rejects(expand(codec, packed, random.length - 1), { code: 'MR311' });
    });

    it(`call data that is cut off anywhere corrupt: ${codec}`, async () => {
      const packed = await compress(codec, Buffer.from('some text, some text, some more'));
      for (let length = 0; length < packed.length; length++) {
        await assert.rejects(expand(codec, packed.subarray(0, length), MIB), { code: 'MR310' });
      }
    });

    it(`call data with something behind it corrupt: ${codec}`, async () => {
      const packed = await compress(codec, text);
      for (const garbage of ['g', 'garbage behind the data']) {
        const longer = Buffer.concat([packed, Buffer.from(garbage)]);
        await assert.rejects(expand(codec, longer, MIB), { code: 'MR310' });
      }
    });

    it(`refuse a bomb without spending its memory: ${codec}`, async () => {
      const bomb = await bombs[codec]?.();
      assert(bomb !== undefined);
      collectGarbage();
      const before = process.memoryUsage().rss;
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
      }, 1);
      await assert.rejects(expand(codec, bomb, 64 * MIB), { code: 'MR311' });
      most = Math.max(most, process.memoryUsage().rss);
      clearInterval(watch);
      assert(most - before < 100 * MIB, `grew by ${(most - before) / MIB} MiB`);
    });

    it(`give what is small at once, and leave the rest to the pool: ${codec}`, async () => {
      for (const size of [1, 10_000, SMALL_BYTES]) {
        const bytes = Buffer.alloc(size, 'some text ');
        const packed = await compress(codec, bytes);
        await expand(codec, packed, size);
        const small = expandSmall(codec, packed);
        if (codec === 'zstd' && !('zstdCompress' in zlib)) assert.equal(small, null);
        else assert(small !== null && bytes.equals(small));
        assert.equal(expandSmall(codec, packed.subarray(0, -1)), null);
      }
      const large = await compress(codec, Buffer.alloc(SMALL_BYTES + 1, 'some text '));
      assert.equal(expandSmall(codec, large), null);
      const larger = await compress(codec, randomBytes(SMALL_BYTES * 2));
      assert.equal(expandSmall(codec, larger), null);
    });

    it(`never fail but with a typed error, whatever the bytes are: ${codec}`, async () => {
      const packed = await compress(codec, text);
      const flips = fc.array(fc.tuple(fc.nat({ max: packed.length - 1 }), fc.nat({ max: 255 })), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(flips, async (list) => {
          const damaged = Buffer.from(packed);
          for (const [at, value] of list) damaged[at] = value;
          const small = expandSmall(codec, damaged);
          assert(small === null || small.byteLength <= SMALL_BYTES);
          try {
            const { byteLength } = await expand(codec, damaged, MIB);
            assert(byteLength <= MIB);
          } catch (error) {
            assert(error instanceof Error && error.name === 'CodecError', String(error));
          }
        }),
        { numRuns: 300 },
      );
    });
  }

  it('work on several batches at a time', async () => {
    const all = CODECS.flatMap((codec) => Array.from({ length: 8 }, (_, i) => ({ codec, i })));
    const texts = await Promise.all(
      all.map(async ({ codec, i }) => {
        const packed = await compress(codec, Buffer.from(`text ${i}`));
        return String(await expand(codec, packed, 100));
      }),
    );
    assert.deepEqual(
      texts,
      all.map(({ i }) => `text ${i}`),
    );
  });
});
