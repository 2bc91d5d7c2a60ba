import type { OffsetRange } from '../contract/offset-range.ts';
import { decodeSettled, encodeSettled } from './settled-map.ts';

/**
 * What goes with each commit as its metadata: who made it, of which log the offset is, and which records above it are settled. It comes
 * back with the offset when a partition is adopted. Text of others, of a later version or damaged is as good as none.
 */
export interface CommitNote {
  /** `kafka.clientId` of the member. */
  readonly client: string;
  /** Id of the topic as Kafka prints it; '' when the broker has none to give. */
  readonly topicId: string;
  /** Leader epoch of the last record that was read when the commit was made; -1 when unknown. */
  readonly leaderEpoch: number;
  /** Above the committed offset, in order: what is settled and needn't run again. */
  readonly settled: readonly OffsetRange[];
}

/** Before the JSON text; the number is the version of the layout. */
const PREFIX = 'millrace/1 ';
/** A broker refuses more than 4,096 bytes by default (`offset.metadata.max.bytes`); a client id may be any text, of up to 6 bytes a character. */
const CLIENT_MAX = 60;
const SETTLED_MAX = 3500;

/** The note of a commit of offset `at`. */
export function writeNote(
  { client, topicId, leaderEpoch, settled }: CommitNote,
  at: bigint,
): string {
  const by = client.slice(0, CLIENT_MAX);
  const done = encodeSettled(settled, at, SETTLED_MAX);
  const map = done === '' ? {} : { at: String(at), done };
  return PREFIX + JSON.stringify({ by, topic: topicId, epoch: leaderEpoch, ...map });
}

/**
 * The note that came with committed offset `committed`; null when the text is not one of ours. A map that was made for another offset says
 * nothing: somebody has moved the offset and kept the text.
 */
export function readNote(text: string, committed: bigint | null): CommitNote | null {
  if (!text.startsWith(PREFIX)) return null;
  let found: unknown;
  try {
    found = JSON.parse(text.slice(PREFIX.length));
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const { by, topic, epoch, at, done } = found as Record<string, unknown>;
  const isMap = typeof done === 'string' && committed !== null && at === String(committed);
  return {
    client: typeof by === 'string' ? by : '',
    topicId: typeof topic === 'string' && /^[\w-]{22}$/.test(topic) ? topic : '',
    leaderEpoch: Number.isInteger(epoch) && (epoch as number) >= 0 ? (epoch as number) : -1,
    settled: isMap ? decodeSettled(done, committed) : [],
  };
}
