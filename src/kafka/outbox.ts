import type { OutRecord } from './records/out-record.ts';

/** A record on its way, and who waits for it. */
export interface Parcel {
  readonly record: OutRecord;
  /** Upper bound of the bytes that it takes in a batch. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** What waits for one partition, and its batch that is on the way. */
export interface Outbox {
  readonly topic: string;
  readonly partition: number;
  waiting: Parcel[];
  isSending: boolean;
  notBeforeMs: number;
  /** Parcels in front that are sent in a batch of their own. */
  single: number;
}

/** Takes the parcels of the next batch off the front: one at least when any waits, and as many as fit. */
export function takeBatch(outbox: Outbox): Parcel[] {
  const { waiting } = outbox;
  if (outbox.single > 0) {
    outbox.single--;
    return waiting.splice(0, 1);
  }
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < BATCH_RECORDS) {
    bytes += (waiting[count] as Parcel).bytes;
    if (count > 0 && bytes > BATCH_BYTES) break;
    count++;
  }
  return waiting.splice(0, count);
}

/** A batch stays well below the default `message.max.bytes` of 1 MiB. */
const BATCH_BYTES = 512 * 1024;
const BATCH_RECORDS = 5000;
