/**
 * Reads a text file that somebody names: bounded, regular files only (a pipe would block for ever), strict UTF-8.
 * Says what is wrong instead of throwing.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { ProblemName } from './problem.ts';

export type TextResult =
  | { readonly text: string }
  | { readonly problem: ProblemName; readonly why: string };

/** The text of a file without its byte order mark, or the problem. `why` goes on the sentence "file x ...". */
export function readTextFile(path: string, maxBytes: number): TextResult {
  let bytes: Buffer | null;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'fileUnreadable', why: kindOf(stat) };
    bytes = readAtMost(path, maxBytes);
  } catch (error) {
    return failure(error);
  }
  if (bytes === null)
    return { problem: 'fileTooLarge', why: `is larger than ${maxBytes / 1024} KiB` };
  return decode(bytes);
}

function kindOf(stat: Stats): string {
  const kind = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : 'a device or socket';
  return `is ${kind}, not a regular file`;
}

function readAtMost(path: string, maxBytes: number): Buffer | null {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > maxBytes) return null;
    // The size that the file system reports can be 0 (/proc) or old; only reading past the limit tells.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= maxBytes; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return length > maxBytes ? null : bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Buffer): TextResult {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { problem: 'notUtf8', why: 'is UTF-16; save it as UTF-8' };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    return { problem: 'notUtf8', why: `has a NUL character at byte ${nul}; save it as UTF-8 text` };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'notUtf8', why: 'has bytes that are not UTF-8; save it as UTF-8' };
  }
}

function failure(error: unknown): TextResult {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { problem: 'fileMissing', why: 'does not exist' };
  if (code === 'EACCES' || code === 'EPERM') {
    return { problem: 'fileUnreadable', why: 'may not be read by this user' };
  }
  return { problem: 'fileUnreadable', why: `cannot be read (${code})` };
}
