/**
 * What goes with each commit as its metadata: who made it, and of which log the offset is. It comes back with the offset when a
 * partition is adopted. Text of others, of a later version or damaged is as good as none.
 */
export interface CommitNote {
  /** `kafka.clientId` of the member. */
  readonly client: string;
  /** Id of the topic as Kafka prints it; '' when the broker has none to give. */
  readonly topicId: string;
  /** Leader epoch of the last record that was read when the commit was made; -1 when unknown. */
  readonly leaderEpoch: number;
}

/** Before the JSON text; the number is the version of the layout. */
const PREFIX = 'millrace/1 ';
/** A broker refuses more by default (`offset.metadata.max.bytes`, 4096); a client id may be any text. */
const CLIENT_MAX = 200;

export function writeNote({ client, topicId, leaderEpoch }: CommitNote): string {
  const by = client.slice(0, CLIENT_MAX);
  return PREFIX + JSON.stringify({ by, topic: topicId, epoch: leaderEpoch });
}

/** null when the text is not a note of ours. */
export function readNote(text: string): CommitNote | null {
  if (!text.startsWith(PREFIX)) return null;
  let found: unknown;
  try {
    found = JSON.parse(text.slice(PREFIX.length));
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const { by, topic, epoch } = found as Record<string, unknown>;
  return {
    client: typeof by === 'string' ? by : '',
    topicId: typeof topic === 'string' && /^[\w-]{22}$/.test(topic) ? topic : '',
    leaderEpoch: Number.isInteger(epoch) && (epoch as number) >= 0 ? (epoch as number) : -1,
  };
}
