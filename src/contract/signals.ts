import { channel } from 'node:diagnostics_channel';
import type { ErrorReport } from './errors.ts';
import type { ThreadLogLine } from './thread.ts';
import type { FailureKind } from './verdict.ts';

/**
 * What the engine reports, each on the diagnostics channel `millrace:<name>`. Signals only report: nothing waits for a
 * subscriber, and no subscriber can change what happens. Offsets are bigint, durations milliseconds.
 */
export interface Signals {
  /** An attempt failed. `next` is what follows: another attempt after `delayMs`, or the policy `onFailure`. */
  'record.failed': RecordPlace & {
    readonly attempt: number;
    readonly kind: FailureKind;
    readonly error: ErrorReport;
    readonly next: 'retry' | 'halt' | 'drop';
    readonly delayMs: number;
  };
  /** A partition holds no more records for now, or takes records again. `reason`: 'buffer' or 'policy'. */
  'partition.paused': PartitionPlace & { readonly reason: string };
  'partition.resumed': PartitionPlace;
  /** Records handed out at `from` (committed) up to `to` (exclusive) will be delivered again; `open` of them had not ended. */
  'partition.abandoned': PartitionPlace & {
    readonly from: bigint;
    readonly to: bigint;
    readonly open: number;
  };
  /** A partition isn't read any more, by policy: it has no committed offset or lost it, or its data is corrupt. */
  'partition.stopped': PartitionPlace & { readonly code: string; readonly message: string };
  /** A verdict of an epoch that is closed: the record will be, or was, delivered to the next owner. */
  'verdict.stale': PartitionPlace & { readonly count: number };

  /** A worker thread ended by itself or was replaced. `charged`, `suspects` and `innocent` count its records. */
  'thread.died': {
    /** The pipeline whose records are counted; each pipeline of the pool reports its own. */
    readonly pipeline: string;
    readonly thread: number;
    readonly reason: ThreadDeath;
    readonly message: string;
    /** Of the error that nobody caught; null when there was none. */
    readonly stack: string | null;
    readonly charged: number;
    readonly suspects: number;
    readonly innocent: number;
  };
  /** A thread ended before it was ready; another one follows after a pause. */
  'thread.failed': {
    readonly thread: number;
    readonly message: string;
    readonly attempt: number;
  };
  /** A thread takes long to load its handlers, or to end them. */
  'thread.waiting': {
    readonly thread: number;
    readonly what: 'setup' | 'teardown';
    readonly elapsedMs: number;
  };
  'thread.ready': { readonly thread: number; readonly elapsedMs: number };
  'thread.log': ThreadLogLine;

  'member.joined': MemberPlace & {
    readonly memberId: string;
    readonly generation: number;
    readonly added: readonly string[];
    readonly revoked: readonly string[];
    readonly kept: number;
  };
  'member.rebalancing': MemberPlace;
  /** All partitions are lost without a commit. */
  'member.lost': MemberPlace & { readonly reason: string; readonly partitions: number };
  /** The client gave up; a new one is made after `delayMs`. */
  'member.crashed': MemberPlace & { readonly error: ErrorReport; readonly delayMs: number };
  /** What a pattern matches, when the member starts and when it has changed. */
  'topics.matched': MemberPlace & { readonly pattern: string; readonly topics: readonly string[] };
  'member.left': MemberPlace;
  /** A static member has stopped without leaving. */
  'member.stayed': MemberPlace;
  'partition.assigned': PartitionPlace & {
    readonly epoch: number;
    readonly committed: bigint | null;
    readonly start: bigint;
    readonly end: bigint;
  };
  'partition.revoked': PartitionPlace & { readonly committed: bigint; readonly elapsedMs: number };
  /**
   * The offset to go on at means nothing in the log: it is out of its range, the log was cut, or the topic is another one of the same name.
   * `start`: where the policy goes on; null when the partition stops.
   */
  'partition.lost-offset': PartitionPlace & {
    readonly cause: 'deleted' | 'beyond' | 'truncated' | 'recreated';
    readonly committed: bigint;
    readonly logStart: bigint;
    readonly logEnd: bigint;
    readonly policy: string;
    readonly start: bigint | null;
  };
  /** A broker says that a topic does not exist. `waitMs`: after that the process stops; null when it waits for ever. */
  'topic.missing': {
    readonly pipeline: string;
    readonly topic: string;
    readonly waitMs: number | null;
  };
  /** Offsets of newly assigned partitions could not be looked up; it is tried again. */
  'adoption.failed': MemberPlace & { readonly error: ErrorReport };
  'commit.done': MemberPlace & { readonly partitions: number; readonly elapsedMs: number };
  /** At the stop, the broker says that something else is committed than was confirmed. */
  'commit.differs': PartitionPlace & {
    readonly committed: bigint;
    readonly found: bigint | null;
  };
  'commit.failed': MemberPlace & { readonly error: ErrorReport; readonly isRetried: boolean };

  /** A line of the Kafka client's own log. */
  'kafka.log': {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
  };
  'pipeline.state': { readonly pipeline: string; readonly state: string };
}

export interface PartitionPlace {
  readonly pipeline: string;
  readonly topic: string;
  readonly partition: number;
}
export interface RecordPlace extends PartitionPlace {
  readonly offset: bigint;
}
export interface MemberPlace {
  readonly pipeline: string;
  readonly groupId: string;
}

/** exit: the handler ended its thread; crash: an error or the heap limit did; stuck: it was replaced. */
export type ThreadDeath = 'exit' | 'crash' | 'heap' | 'stuck';

export type SignalName = keyof Signals;

/** Reports to whoever listens; costs next to nothing when nobody does. */
export function publish<Name extends SignalName>(name: Name, payload: Signals[Name]): void {
  const target = channel(`millrace:${name}`);
  if (target.hasSubscribers) target.publish(payload);
}

/** Calls `listener` for each signal of that name; the result ends it. */
export function subscribe<Name extends SignalName>(
  name: Name,
  listener: (payload: Signals[Name]) => void,
): () => void {
  const target = channel(`millrace:${name}`);
  const receive = (payload: unknown): void => listener(payload as Signals[Name]);
  target.subscribe(receive);
  return () => {
    target.unsubscribe(receive);
  };
}
