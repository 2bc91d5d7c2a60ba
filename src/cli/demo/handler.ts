import { openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { HandlerRecord } from '../../contract/handler.ts';

/**
 * The handler of the demo: works for a moment and notes the start and the end of each call in the journal. A line is written at once, so that it
 * is there whatever becomes of the process. Only this file and the journal know of it: Millrace has no part in it.
 */
export default async function note(record: HandlerRecord): Promise<void> {
  const { partition, offset, key } = record;
  const place = `${partition} ${offset} ${key} ${process.pid} ${threadId}`;
  writeSync(journal, `S ${place}\n`);
  await setTimeout(WORK_MS);
  writeSync(journal, `E ${place}\n`);
}

const WORK_MS = 10;
const journal = openSync(process.env['MILLRACE_DEMO_JOURNAL'] as string, 'a');
