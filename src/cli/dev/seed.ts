import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ClusterAccess } from '../../cluster-access.ts';
import { MillraceError } from '../../contract/errors.ts';
import { readJsonRecord } from '../json-record.ts';

/**
 * Produces the records of a file, one JSON object a line; `topic` is for lines that name none, null when they have to. Returns how many.
 * Rejects with MR603 at the first line that is no record, and MR604 when the file can't be read; the lines before it are produced.
 */
export async function seed(
  file: string,
  topic: string | null,
  access: ClusterAccess,
): Promise<number> {
  let number = 0;
  let records = 0;
  const written: Promise<void>[] = [];
  try {
    for await (const line of createInterface({
      input: createReadStream(file),
      crlfDelay: Infinity,
    })) {
      number++;
      if (line.trim() === '') continue;
      const record = readJsonRecord(line, `${file}:${number}`);
      const target = record.topic ?? topic ?? unnamed(`${file}:${number}`);
      records++;
      written.push(access.produce(target, record.partition, record));
      if (written.length >= AT_ONCE) await Promise.all(written.splice(0));
    }
  } catch (cause) {
    await Promise.allSettled(written);
    throw cause instanceof MillraceError ? cause : unreadable(file, cause);
  }
  await Promise.all(written);
  return records;
}

function unnamed(place: string): never {
  throw new MillraceError(
    'MR603',
    `${place}: The configuration reads several topics, so each line says which it is for: "topic": "…".`,
  );
}

const unreadable = (file: string, cause: unknown): MillraceError =>
  new MillraceError('MR604', `${file} can't be read: ${(cause as Error).message}`, { cause });

/** Records that wait for the broker at the same time. */
const AT_ONCE = 1000;
