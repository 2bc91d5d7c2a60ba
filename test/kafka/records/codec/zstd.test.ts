import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstd } from '../../../../src/kafka/records/codec/zstd.ts';
import { readZstdFrames } from '../../../../src/kafka/records/codec/zstd-frame.ts';

const text = Buffer.from('some text, '.repeat(20_000));
/** Four bytes of somebody else's data. */
const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
const MIB = 1 << 20;

/** A frame header without content size (window 1 MiB), then blocks of the given type and size. */
function frame(blocks: readonly { type: 0 | 1 | 2 | 3; size: number; bytes: Buffer }[]): Buffer {
  const parts = blocks.map(({ type, size, bytes }, i) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | (i === blocks.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([header, bytes]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]), ...parts]);
}

describe('zstd', () => {
  it('reads several frames as one text, and skips those of other data', async () => {
    const one = await zstd.compress(text);
    const bytes = Buffer.concat([skippable, one, skippable, one]);
    const expanded = await zstd.expand(bytes, 2 * text.length);
    assert(Buffer.concat([text, text]).equals(expanded));
  });

  it('bounds the sum of the frames', async () => {
    const bytes = await zstd.compress(Buffer.alloc(300_000, 'x'));
    await assert.rejects(zstd.expand(Buffer.concat([bytes, bytes]), 599_999), { code: 'MR311' });
  });

  it('reads raw and repeated blocks', async () => {
    const raw = { type: 0, size: 3, bytes: Buffer.from('abc') } as const;
    const repeated = { type: 1, size: 1000, bytes: Buffer.from('d') } as const;
    const expanded = await zstd.expand(frame([raw, repeated]), MIB);
    assert.equal(String(expanded), `abc${'d'.repeat(1000)}`);
  });

  it('refuses a million-fold bomb of repeated blocks', async () => {
    const block = { type: 1, size: 128 * 1024, bytes: Buffer.from([0]) } as const;
    const bomb = frame(Array.from({ length: 8192 }, () => block));
    await assert.rejects(zstd.expand(bomb, 64 * MIB), { code: 'MR311' });
  });

  it('calls frames of other data alone, unknown blocks and thousands of frames corrupt', async () => {
    const unknown = { type: 3, size: 0, bytes: Buffer.alloc(0) } as const;
    const one = { type: 0, size: 1, bytes: Buffer.from('a') } as const;
    const many = Buffer.concat(Array.from({ length: 2000 }, () => frame([one])));
    for (const bytes of [skippable, frame([unknown]), many]) {
      await assert.rejects(zstd.expand(bytes, MIB), { code: 'MR310' });
    }
  });

  it('bounds a frame by its blocks and not by what its header states', async () => {
    const [found] = readZstdFrames(await zstd.compress(text));
    assert(found !== undefined && found.boundBytes >= text.length);
    assert(found.boundBytes < text.length + 128 * 1024);
  });
});
