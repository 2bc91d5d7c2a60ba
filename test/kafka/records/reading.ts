/** Reads sets for the tests, and takes readings apart. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Block } from '../../../src/contract/block.ts';
import { type ReadOptions, readSet, type SetReading } from '../../../src/kafka/records/read-set.ts';
import { recordsOf } from './naive.ts';

const defaults: ReadOptions = {
  from: 0n,
  abortedTransactions: null,
  checkCrc: true,
  own: false,
  maxExpandedBytes: 1 << 20,
};

export function read(set: Uint8Array, options: Partial<ReadOptions> = {}): SetReading {
  return readSet(set, { ...defaults, ...options });
}

export function blockOf(reading: SetReading): Block {
  if (reading.kind === 'corrupt') throw reading.error;
  assert(reading.kind === 'block', `a block, not ${reading.kind}`);
  return reading.block;
}

export async function expanded(reading: SetReading): Promise<Block> {
  assert(reading.kind === 'packed', `something to expand, not ${reading.kind}`);
  return blockOf(await reading.expand());
}

export function offsets(block: Block): bigint[] {
  return recordsOf(block).map(({ offset }) => offset);
}

export function codeOf(reading: SetReading): string {
  assert(reading.kind === 'corrupt', `corrupt, not ${reading.kind}`);
  return reading.error.code;
}

/** What makes a batch a compressed one. */
export const gzipped: { attributes: number; pack: (records: Buffer) => Buffer } = {
  attributes: 1,
  pack: gzipSync,
};
