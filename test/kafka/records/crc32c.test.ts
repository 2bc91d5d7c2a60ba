import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32c } from '../../../src/kafka/records/crc32c.ts';

describe('crc32c', () => {
  for (const [what, bytes, checksum] of [
    ['nothing', Buffer.alloc(0), 0],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 rising bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
  ] as const) {
    it(`is the checksum of RFC 3720 for ${what}`, () => {
      assert.equal(crc32c(bytes), checksum);
    });
  }
});
