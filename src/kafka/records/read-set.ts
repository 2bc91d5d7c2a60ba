/**
 * From the bytes of one partition's record set, as a fetch response carries them, to a block. The
 * front door of this folder: what is uncompressed becomes a block at once, without a promise; what
 * is compressed or of an old format is offered as `expand`. Never throws and never reads outside
 * the set, whatever the bytes are.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block } from '../../contract/block.ts';
import { AbortedRanges, type AbortedTransaction } from './aborted.ts';
import { CorruptSet } from './corrupt-set.ts';
import { LEADER_EPOCH_AT, LENGTH_AT, MAGIC_AT, PREFIX_BYTES } from './layout.ts';
import { PlainScan, type ScanOptions } from './plain-scan.ts';
import { offsetAfter, offsetAfterIfSane, offsetAt, type Survey, survey } from './survey.ts';
import { unpack } from './unpack.ts';
import { viewOf } from './views.ts';

export interface ReadOptions {
  /** The position that was asked for: records below it are left out (a batch may start earlier). */
  readonly from: bigint;
  /** What the response lists for the partition, in any order; null means read uncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** Compare each batch's CRC-32C (old formats: CRC-32) with its bytes. */
  readonly checkCrc: boolean;
  /**
   * The set may become the block's memory; false: it is part of a larger response and gets copied.
   */
  readonly own: boolean;
  /**
   * Bound on the memory that the compressed batches of the set may expand to, all together and with
   * the index of their records (28 bytes each). Bytes, at most 1 GiB.
   */
  readonly maxExpandedBytes: number;
}

/** A block covers whole batches from `from` on; `next` says how far it got. */
export type BlockReading =
  | {
      readonly kind: 'block';
      readonly block: Block;
      /**
       * Leader epoch in which the record before the block's `next` was written; -1 when that can't be
       * told: the block ends before the set does, or its format is an old one.
       */
      readonly leaderEpoch: number;
    }
  | { readonly kind: 'corrupt'; readonly error: CorruptSet };

export type SetReading =
  | BlockReading
  /**
   * Some batches must be expanded first, off the loop. Never rejects. The set must stay as it is
   * until then.
   */
  | { readonly kind: 'packed'; readonly expand: () => Promise<BlockReading> }
  /**
   * Nothing but the start of one batch: ask again for at least `bytes` (null: the batch's size
   * isn't there either).
   */
  | { readonly kind: 'too-small'; readonly bytes: number | null };

/**
 * Reads a set. When a batch after the first is corrupt, expands to more than what is left of the
 * bound, or is 2^53 offsets away, the block ends before it: its `next` is then below
 * `nextOffset(set)`, and a fetch from there meets that batch first, which then is read with the
 * whole bound or reported. `corrupt` always means the first batch.
 */
export function readSet(set: Uint8Array, options: ReadOptions): SetReading {
  const view = viewOf(set);
  const found = survey(view);
  if (found.last < 0) return readNothing(view, found, options);
  if (found.packed) return { kind: 'packed', expand: () => expandSet(set, found, options) };

  const covered = set.subarray(0, found.end);
  // A plain Uint8Array in both cases: the scan is at its fastest when it only ever sees one class.
  const bytes = options.own
    ? new Uint8Array(covered.buffer, covered.byteOffset, covered.byteLength)
    : new Uint8Array(covered);
  const scan = new PlainScan({ bytes, records: found.records }, scanOptions(options));
  scan.advance(Number.POSITIVE_INFINITY);
  return reading(scan, options.from, corruptTail(view, found), endOf(view, found));
}

/**
 * One past the last offset of the set's complete batches, for the next fetch to start before this
 * set is read; null if there are none.
 */
export function nextOffset(set: Uint8Array, from: bigint): bigint | null {
  const view = viewOf(set);
  const { last } = survey(view);
  if (last < 0) return null;
  const next = offsetAfter(view, last);
  return next > from ? next : from;
}

/** Bytes scanned before other work gets a turn: 50 us of usual records, 1 ms of the smallest. */
const TURN_BYTES = 256 * 1024;

async function expandSet(
  set: Uint8Array,
  found: Survey,
  options: ReadOptions,
): Promise<BlockReading> {
  const view = viewOf(set);
  const end = endOf(view, found);
  const tail = corruptTail(view, found);
  const plain = await unpack(set.subarray(0, found.end), options);
  // The checksums have been compared, and would no longer fit.
  const scan = new PlainScan(plain, { ...scanOptions(options), checkCrc: false });
  while (!scan.advance(TURN_BYTES)) await nextTurn();
  return reading(scan, options.from, plain.failure ?? tail, end);
}

/**
 * The scan's block if it moves the position; else what stopped it, or `tail`, what stopped the set
 * before that.
 */
function reading(
  scan: PlainScan,
  from: bigint,
  tail: CorruptSet | null,
  end: SetEnd,
): BlockReading {
  const block = scan.block();
  const leaderEpoch = block.next === end.next ? end.leaderEpoch : -1;
  if (block.next > from) return { kind: 'block', block, leaderEpoch };
  const { bad } = scan;
  const error = bad === null ? tail : corruptAt(viewOf(block.bytes), bad.at, bad.reason);
  return error === null ? { kind: 'block', block, leaderEpoch } : { kind: 'corrupt', error };
}

/** Where the last complete entry of a set ends, and the leader epoch that it states. */
interface SetEnd {
  readonly next: bigint;
  readonly leaderEpoch: number;
}

function endOf(view: DataView, { last }: Survey): SetEnd {
  const isOld = view.getUint8(last + MAGIC_AT) !== 2;
  const leaderEpoch = isOld ? -1 : view.getInt32(last + LEADER_EPOCH_AT);
  return { next: offsetAfter(view, last), leaderEpoch };
}

function corruptTail(view: DataView, found: Survey): CorruptSet | null {
  return typeof found.stop === 'string' ? null : corruptAt(view, found.end, found.stop.reason);
}

function corruptAt(view: DataView, at: number, reason: string): CorruptSet {
  return new CorruptSet('MR310', reason, offsetAt(view, at), offsetAfterIfSane(view, at));
}

/** A set without one complete batch: empty, cut off in the first one, or corrupt from the start. */
function readNothing(view: DataView, found: Survey, options: ReadOptions): SetReading {
  const error = corruptTail(view, found);
  if (error !== null) return { kind: 'corrupt', error };
  if (found.stop === 'cut') {
    const stated = view.byteLength >= PREFIX_BYTES;
    return {
      kind: 'too-small',
      bytes: stated ? PREFIX_BYTES + view.getInt32(LENGTH_AT) : null,
    };
  }
  const none = { bytes: new Uint8Array(0), records: 0 };
  const block = new PlainScan(none, scanOptions(options)).block();
  return { kind: 'block', block, leaderEpoch: -1 };
}

function scanOptions(options: ReadOptions): ScanOptions {
  const { from, abortedTransactions, checkCrc } = options;
  return { from, hidden: new AbortedRanges(abortedTransactions), checkCrc };
}
