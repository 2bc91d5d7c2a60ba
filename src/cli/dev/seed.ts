import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ClusterAccess } from '../../cluster-access.ts';
import { EXIT, MillraceError, reportError } from '../../contract/errors.ts';
import { readJsonRecord } from '../json-record.ts';

/**
 * Produces the records of a file, one JSON object a line; `topic` is for lines that name none, null when they have to. Returns how many.
 * Rejects with MR603 at the first line that is no record or that the brokers refuse, MR604 when the file can't be read, and MR605 when the
 * brokers don't answer; lines before it are produced.
 */
export async function seed(
  file: string,
  topic: string | null,
  access: Pick<ClusterAccess, 'produce'>,
): Promise<number> {
  let number = 0;
  let records = 0;
  // What comes of each record: nobody waits for it yet when it is refused.
  const written: Promise<MillraceError | null>[] = [];
  try {
    for await (const line of createInterface({
      input: createReadStream(file),
      crlfDelay: Infinity,
    })) {
      number++;
      const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
      if (text.trim() === '') continue;
      const place = `${file}:${number}`;
      const record = readJsonRecord(text, place);
      const target = record.topic ?? topic ?? unnamed(place);
      records++;
      written.push(
        access.produce(target, record.partition, record).then(
          () => null,
          (cause: unknown) => refused(place, target, cause),
        ),
      );
      if (written.length >= AT_ONCE) await inOrder(written.splice(0));
    }
  } catch (cause) {
    // What is wrong with a line before comes first.
    await inOrder(written);
    throw cause instanceof MillraceError ? cause : unreadable(file, cause);
  }
  await inOrder(written);
  return records;
}

/** Waits for all; rejects as the first in the list that was refused, not the first in time. */
async function inOrder(written: readonly Promise<MillraceError | null>[]): Promise<void> {
  const refusal = (await Promise.all(written)).find((each) => each !== null);
  if (refusal) throw refusal;
}

const wrong = (text: string, cause?: unknown): MillraceError =>
  new MillraceError('MR603', text, { exit: EXIT.config, cause });

function unnamed(place: string): never {
  throw wrong(
    `${place}: The configuration reads several topics, so each line says which it is for: "topic": "…".`,
  );
}

/** Brokers that answer find fault with the record. */
function refused(place: string, topic: string, cause: unknown): MillraceError {
  const { message } = reportError(cause);
  if (cause instanceof MillraceError) return wrong(`${place}: ${message}`, cause);
  if ((cause as { type?: unknown }).type === 'MESSAGE_TOO_LARGE') {
    const text = `${place}: The record is larger than message.max.bytes allows in ${topic}. Make its value smaller.`;
    return wrong(text, cause);
  }
  if ((cause as { name?: unknown }).name === 'KafkaJSProtocolError') {
    return wrong(`${place}: The brokers refuse the record for ${topic}: ${message}`, cause);
  }
  const text = `${place}: The record could not be produced to ${topic}: ${message}`;
  return new MillraceError('MR605', text, { exit: EXIT.unreachable, cause });
}

const unreadable = (file: string, cause: unknown): MillraceError =>
  new MillraceError('MR604', `The seed ${file} can't be read: ${reportError(cause).message}`, {
    exit: EXIT.config,
    cause,
  });

/** Records that wait for the broker at the same time. */
const AT_ONCE = 1000;
