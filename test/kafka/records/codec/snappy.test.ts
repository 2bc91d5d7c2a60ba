import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { snappy } from '../../../../src/kafka/records/codec/snappy.ts';
import { int32 } from '../naive.ts';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** As snappy-java's stream writes it: version and compatible version 1, then the chunks. */
async function xerial(chunks: readonly Buffer[]): Promise<Buffer> {
  const packed = await Promise.all(chunks.map((chunk) => snappy.compress(chunk)));
  const sized = packed.flatMap((chunk) => [int32(chunk.byteLength), chunk]);
  return Buffer.concat([MAGIC, int32(1), int32(1), ...sized]);
}

const chunks = ['first ', 'second second second ', '', 'x'.repeat(70_000)].map((t) =>
  Buffer.from(t),
);

describe('snappy', () => {
  it('reads the chunks of snappy-java as one text', async () => {
    const whole = Buffer.concat(chunks);
    const expanded = await snappy.expand(await xerial(chunks), whole.length);
    assert(whole.equals(expanded));
  });

  it('bounds the sum of the chunks', async () => {
    const size = Buffer.concat(chunks).length;
    await assert.rejects(snappy.expand(await xerial(chunks), size - 1), { code: 'MR311' });
  });

  it('calls chunks that are cut off corrupt', async () => {
    const whole = await xerial(chunks.slice(0, 2));
    const sound = [16, 16 + 4 + whole.readInt32BE(16)];
    for (let length = 9; length < whole.length; length++) {
      if (sound.includes(length)) continue;
      const cut = snappy.expand(whole.subarray(0, length), 1 << 20);
      await assert.rejects(cut, { code: 'MR310' }, `cut at ${length}`);
    }
  });

  it('calls a chunk of negative length corrupt', async () => {
    const bytes = await xerial(chunks.slice(0, 1));
    bytes.writeInt32BE(-4, 16);
    await assert.rejects(snappy.expand(bytes, 1 << 20), { code: 'MR310' });
  });

  it('believes a stated length of 4 GiB only as far as the bound', async () => {
    const lie = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
    await assert.rejects(snappy.expand(lie, 1 << 30), { code: 'MR311' });
  });
});
