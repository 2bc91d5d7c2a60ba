/**
 * Turns a surveyed set into one of uncompressed magic 2 batches only: compressed ones are expanded,
 * old formats are rewritten, and of what won't be delivered only the header stays. Keeps the order,
 * bounds the memory, and lets other work have its turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortedRanges, type AbortedTransaction } from './aborted.ts';
import { CodecError, tooLarge } from './codec/codec-error.ts';
import { CorruptSet } from './corrupt-set.ts';
import {
  ATTRIBUTES_AT,
  CODEC_BITS,
  CONTROL_BIT,
  COUNT_AT,
  LENGTH_AT,
  MAGIC_AT,
  PREFIX_BYTES,
  TRANSACTIONAL_BIT,
} from './layout.ts';
import { openEntry, type Part, type Work } from './open-entry.ts';
import { offsetAfter, offsetAfterIfSane, offsetAt } from './survey.ts';
import { viewOf } from './views.ts';

interface UnpackOptions {
  readonly from: bigint;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly checkCrc: boolean;
  readonly maxExpandedBytes: number;
}

interface UnpackedSet {
  readonly bytes: Uint8Array;
  readonly records: number;
  /**
   * Why it ends before the set does: a batch that can't be read, or not in the room that was left.
   */
  readonly failure: CorruptSet | null;
}

/** Entries in work at a time, as many as the thread pool of libuv has threads by default. */
const WIDTH = 4;
/** Bytes expanded on the loop before other work gets a turn: some 0.2 ms, 1 ms at worst. */
const TURN_BYTES = 256 * 1024;
/** Bytes copied before other work gets a turn: about 1 ms. */
const COPY_BYTES = 4 * 1024 * 1024;

/** `set` holds complete, plausible entries and nothing else. */
export async function unpack(set: Uint8Array, options: UnpackOptions): Promise<UnpackedSet> {
  const view = viewOf(set);
  const entries = listEntries(set, view, options);
  const open = ({ at, end, work }: Entry, maxBytes: number) =>
    openEntry(set.subarray(at, end), work, options.checkCrc, maxBytes);
  const parts: Part[] = [];
  let room = options.maxExpandedBytes;
  let sinceTurn = 0;
  for (let i = 0; i < entries.length; i += WIDTH) {
    const wave = entries.slice(i, i + WIDTH);
    const share = Math.floor(room / WIDTH);
    const opening = wave.map((entry) => open(entry, share));
    for (const [j, entry] of wave.entries()) {
      const first = opening[j] as (typeof opening)[number];
      let part = first instanceof Promise ? await first : first;
      // More than its share of the room: alone it may have all that is left.
      if (part instanceof CodecError && part.code === 'MR311') part = await open(entry, room);
      if (!(part instanceof CodecError) && part.extraBytes > room) part = tooLarge(room);
      if (part instanceof CodecError) return await joined(parts, unreadable(view, entry.at, part));
      parts.push(part);
      room -= part.extraBytes;
      sinceTurn += part.extraBytes;
    }
    if (sinceTurn < TURN_BYTES) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  return await joined(parts, null);
}

interface Entry {
  readonly at: number;
  readonly end: number;
  readonly work: Work;
}

function listEntries(set: Uint8Array, view: DataView, options: UnpackOptions): Entry[] {
  const hidden = new AbortedRanges(options.abortedTransactions);
  const entries: Entry[] = [];
  for (let at = 0; at < set.byteLength; ) {
    const end = at + PREFIX_BYTES + view.getInt32(at + LENGTH_AT);
    entries.push({ at, end, work: workFor(set, view, at, end, options.from, hidden) });
    at = end;
  }
  return entries;
}

function workFor(
  set: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  from: bigint,
  hidden: AbortedRanges,
): Work {
  if (view.getUint8(at + MAGIC_AT) < 2) return 'upgrade';
  const attributes = view.getInt16(at + ATTRIBUTES_AT);
  const flagged = (attributes & (TRANSACTIONAL_BIT | CONTROL_BIT)) !== 0;
  // Each flagged batch must be asked for, also those that need no work.
  const visibility = flagged ? hidden.judge(set, view, at, end) : 'show';
  const packed = (attributes & CODEC_BITS) !== 0 && view.getInt32(at + COUNT_AT) > 0;
  if (visibility === 'corrupt') return 'refuse';
  if (!packed) return 'copy';
  return visibility === 'hide' || offsetAfter(view, at) <= from ? 'empty' : 'expand';
}

function unreadable(view: DataView, at: number, error: CodecError): CorruptSet {
  return new CorruptSet(error.code, error.message, offsetAt(view, at), offsetAfterIfSane(view, at));
}

async function joined(parts: readonly Part[], failure: CorruptSet | null): Promise<UnpackedSet> {
  const pieces = parts.flatMap((part) => part.pieces);
  const size = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const records = parts.reduce((sum, part) => sum + part.records, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.byteLength; from += COPY_BYTES) {
      if (from > 0) await nextTurn();
      bytes.set(piece.subarray(from, from + COPY_BYTES), at + from);
    }
    at += piece.byteLength;
  }
  return { bytes, records, failure };
}
