import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lz4 } from '../../../../src/kafka/records/codec/lz4.ts';
import { lz4Exceeds, readLz4Frame } from '../../../../src/kafka/records/codec/lz4-frame.ts';

const text = Buffer.from('some text, '.repeat(20_000));

describe('lz4', () => {
  it('reads a frame whose descriptor checksum is the wrong one of old clients', async () => {
    const frame = Buffer.from(await lz4.compress(text));
    const { checksumAt } = readLz4Frame(frame);
    for (const checksum of [0x00, 0x55, 0xff]) {
      frame.writeUInt8(checksum, checksumAt);
      assert(text.equals(await lz4.expand(frame, text.length)));
      assert.equal(frame.readUInt8(checksumAt), checksum, 'the bytes given are left alone');
    }
  });

  it('calls two frames in a row corrupt instead of dropping the second', async () => {
    const frame = await lz4.compress(text);
    await assert.rejects(lz4.expand(Buffer.concat([frame, frame]), 1 << 20), { code: 'MR310' });
  });

  it('counts the exact length where the sizes of blocks leave it open', async () => {
    const frame = await lz4.compress(text);
    const parsed = readLz4Frame(frame);
    assert.equal(lz4Exceeds(frame, parsed, text.length), false);
    assert.equal(lz4Exceeds(frame, parsed, text.length - 1), true);
  });

  it('reads frames with block checksums and content size', async () => {
    const { compressFrame } = await import('lz4-napi');
    const frame = await compressFrame(text, { blockChecksums: true, contentChecksum: true });
    assert(text.equals(await lz4.expand(frame, text.length)));
  });

  it('calls a frame without its first bytes or of another version corrupt', async () => {
    const frame = Buffer.from(await lz4.compress(text));
    await assert.rejects(lz4.expand(frame.subarray(1), 1 << 20), { code: 'MR310' });
    frame.writeUInt8(0x20, 4);
    await assert.rejects(lz4.expand(frame, 1 << 20), { code: 'MR310' });
  });
});
