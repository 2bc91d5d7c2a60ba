import { existsSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { type HandlerRecord, outcomeOf } from '../../contract/handler.ts';
import type { HandlerCall, Witness } from '../../contract/thread.ts';
import { FOLDER, hashOf, NOT_ON, ORDERS, type ThreadFault } from './journal.ts';

/**
 * Runs in the worker threads of `millrace verify`: notes the start and the end of each call of the user's handler in the journal, at once, so
 * that the line is there whatever becomes of the process; and carries out the faults that only a thread can have. The engine has no
 * part in what is noted.
 */
export const witness: Witness = (call: HandlerCall): HandlerCall => {
  const folder = process.env[FOLDER] as string;
  const notOn = JSON.parse(process.env[NOT_ON] ?? '[]') as readonly string[];
  const journal = openSync(join(folder, 'journal'), 'a');
  const note = (line: string): void => void writeSync(journal, `${line}\n`);
  const ended = (id: string): void => note(`E ${id}`);
  const threw = (id: string, thrown: unknown): void =>
    note(isSkip(thrown) ? `E ${id}` : `F ${id} ${isFinal(thrown, notOn) ? 1 : 0}`);
  let calls = 0;
  return (record, ctx) => {
    const id = `${process.pid}.${threadId}.${calls++}`;
    note(`S ${id} ${placeOf(record)} ${hashOf(record.rawKey)} ${record.attempt}`);
    const fault = record.attempt === 1 ? takeOrder(folder) : null;
    if (fault === 'thread-exit') {
      note(`X ${id}`);
      process.exit(1);
    }
    if (fault === 'hang') {
      note(`H ${id}`);
      return new Promise(() => {});
    }
    let result: unknown;
    try {
      result = call(record, ctx);
    } catch (thrown) {
      threw(id, thrown);
      throw thrown;
    }
    if (!isThenable(result)) {
      ended(id);
      return result;
    }
    return Promise.resolve(result).then(
      (value: unknown) => {
        ended(id);
        return value;
      },
      (thrown: unknown) => {
        threw(id, thrown);
        throw thrown;
      },
    );
  };
};

/** The fault that is to happen now: of all threads the one that removes the order has it. */
function takeOrder(folder: string): ThreadFault | null {
  for (const fault of ORDERS) {
    const order = join(folder, fault);
    if (!existsSync(order)) continue;
    try {
      unlinkSync(order);
      return fault;
    } catch {
      // Another thread was first.
    }
  }
  return null;
}

const placeOf = ({ topic, partition, offset }: HandlerRecord): string =>
  `${topic} ${partition} ${offset}`;

const isSkip = (thrown: unknown): boolean => read(() => outcomeOf(thrown)) === 'skip';

/** Whether no further attempt is promised, by the error alone. */
const isFinal = (thrown: unknown, notOn: readonly string[]): boolean =>
  read(() => outcomeOf(thrown)) === 'fatal' ||
  read(() => (thrown as { code?: unknown }).code) === 'MR211' ||
  notOn.includes(String(read(() => (thrown as { name?: unknown }).name))) ||
  notOn.includes(String(read(() => (thrown as { code?: unknown }).code)));

const isThenable = (result: unknown): result is PromiseLike<unknown> =>
  read(() => typeof (result as { then?: unknown }).then) === 'function';

/** What was thrown or returned may be anything: a getter of it may throw in turn. */
function read<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
