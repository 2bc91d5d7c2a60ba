/**
 * Messages of the formats before Kafka 0.11 (magic 0 and 1), made into a batch of magic 2, so that
 * the rest knows one format only. Source: Kafka protocol, "Message sets"; the Java client's
 * `AbstractLegacyRecordBatch` for offsets and timestamps inside a compressed message.
 */
import { crc32 } from 'node:zlib';
import { CodecError, tooLarge } from './codec/codec-error.ts';
import { codecName, expand } from './codecs.ts';
import {
  BASE_OFFSET_AT,
  CODEC_BITS,
  LENGTH_AT,
  LOG_APPEND_TIME_BIT,
  MAGIC_AT,
  OLD_LENGTH_MIN,
  PREFIX_BYTES,
} from './layout.ts';
import type { OutRecord } from './out-record.ts';
import { viewOf } from './views.ts';
import { seal, writeBatch } from './write-batch.ts';

/** uint32: CRC-32 of everything from the magic byte on. */
const CRC_AT = 12;
const ATTRIBUTES_AT = 17;
const TIMESTAMP_AT = 18;

/** About what one takes as an object, with its views of key and value. */
const MESSAGE_BYTES = 256;

interface Message extends OutRecord {
  readonly magic: number;
  readonly attributes: number;
  /** Inside a compressed message of magic 1 it counts from the first one there. */
  readonly offset: bigint;
}

/**
 * The complete entry `bytes` as an uncompressed batch of the records in it. Rejects with a
 * `CodecError`: `MR310` when it is corrupt, else as `expand` does; `maxBytes` bounds what a
 * compressed message expands to.
 */
export async function upgrade(
  bytes: Uint8Array,
  checkCrc: boolean,
  maxBytes: number,
): Promise<Uint8Array> {
  const outer = readMessage(bytes, 0, bytes.byteLength, checkCrc);
  const codec = codecName(outer.attributes & CODEC_BITS);
  if (codec === undefined) throw new CodecError('MR312', 'its codec is unknown');
  if (codec === 'none') return toBatch([outer], [outer.offset]);

  if (outer.value === null) throw corrupt('it is compressed but empty');
  const messages = readMessages(
    await expand(codec, outer.value, maxBytes),
    outer,
    checkCrc,
    maxBytes,
  );
  const last = messages.at(-1);
  if (last === undefined) throw corrupt('it is compressed but empty');
  const shift = outer.magic === 1 ? outer.offset - last.offset : 0n;
  if (last.offset + shift !== outer.offset) throw corrupt('its last offset is not its own');
  const offsets = messages.map((message) => message.offset + shift);
  if ((outer.attributes & LOG_APPEND_TIME_BIT) === 0) return toBatch(messages, offsets);
  const { timestampMs } = outer;
  return toBatch(
    messages.map((message) => ({ ...message, timestampMs })),
    offsets,
  );
}

function readMessages(
  bytes: Uint8Array,
  outer: Message,
  checkCrc: boolean,
  maxBytes: number,
): Message[] {
  const view = viewOf(bytes);
  const messages: Message[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const length = at + MAGIC_AT < bytes.byteLength ? view.getInt32(at + LENGTH_AT) : -1;
    const end = at + PREFIX_BYTES + length;
    const whole = length >= OLD_LENGTH_MIN && end <= bytes.byteLength;
    if (!whole) throw corrupt('a message in it is cut off');
    const message = readMessage(bytes, at, end, checkCrc);
    if (message.magic !== outer.magic || (message.attributes & CODEC_BITS) !== 0) {
      throw corrupt('a message in it is of another format or compressed again');
    }
    // Unlike a scanned record, a message is an object for a while, which counts against the bound.
    if (messages.push(message) * MESSAGE_BYTES > maxBytes) throw tooLarge(maxBytes);
    at = end;
  }
  return messages;
}

function readMessage(bytes: Uint8Array, at: number, end: number, checkCrc: boolean): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, end - at);
  if (checkCrc && crc32(bytes.subarray(at + MAGIC_AT, end)) !== view.getUint32(CRC_AT)) {
    throw corrupt('its checksum is wrong');
  }
  const magic = view.getUint8(MAGIC_AT);
  const keyAt = magic === 1 ? TIMESTAMP_AT + 8 : TIMESTAMP_AT;
  const keyEnd = fieldEnd(view, keyAt);
  const valueEnd = fieldEnd(view, keyEnd);
  if (valueEnd !== view.byteLength) throw corrupt('it has bytes after its value');
  return {
    magic,
    attributes: view.getUint8(ATTRIBUTES_AT),
    offset: view.getBigInt64(BASE_OFFSET_AT),
    timestampMs: magic === 1 ? Number(view.getBigInt64(TIMESTAMP_AT)) : -1,
    key: field(bytes, view, at, keyAt),
    value: field(bytes, view, at, keyEnd),
    headers: [],
  };
}

/** One past the field at `at`: an int32 length, -1 for null, and the bytes. */
function fieldEnd(view: DataView, at: number): number {
  const length = at + 4 <= view.byteLength ? view.getInt32(at) : -2;
  const end = at + 4 + Math.max(0, length);
  if (length < -1 || end > view.byteLength) throw corrupt('a field runs past its end');
  return end;
}

function field(bytes: Uint8Array, view: DataView, base: number, at: number): Uint8Array | null {
  const length = view.getInt32(at);
  return length < 0 ? null : bytes.subarray(base + at + 4, base + at + 4 + length);
}

function toBatch(records: readonly OutRecord[], offsets: readonly bigint[]): Uint8Array {
  const baseOffset = offsets[0] as bigint;
  if (baseOffset < 0n) throw corrupt('its offset is negative');
  const offsetDeltas = offsets.map((offset) => Number(offset - baseOffset));
  // Whether they rise is seen by the scan; here they must only fit their field.
  const fit = offsetDeltas.every((delta) => delta >= 0 && delta <= 0x7fff_ffff);
  if (!fit) throw corrupt('its offsets are too far apart');
  const plain = { nowMs: -1, attributes: 0, producerId: -1n, producerEpoch: -1, baseSequence: -1 };
  return seal(writeBatch(records, { ...plain, baseOffset, offsetDeltas }));
}

function corrupt(why: string): CodecError {
  return new CodecError('MR310', why);
}
