import type { SignalName, Signals, ThreadDeath } from '../contract/signals.ts';
import { errorField, type LogLine, line, repeated } from './log-line.ts';

/** For each signal the line that tells of it. */
export type SignalLines = { readonly [Name in SignalName]: (payload: Signals[Name]) => LogLine };

/**
 * What the log says of each signal: level, message and fields. Messages say whether records are safe and, where somebody
 * has to act, what to do. They are the same for the same cause, so that they can be searched for; what varies is in the
 * fields.
 */
export const signalLines: SignalLines = {
  'record.failed': ({ error, next, ...place }) => {
    const { pipeline, topic, attempt, delayMs, kind, partition, offset } = place;
    const fields = { pipeline, topic, partition, offset, attempt, kind, error: errorField(error) };
    const fold = { by: ['record', next, pipeline, topic], details: [error.name, error.message] };
    switch (next) {
      case 'retry': {
        const then = `attempt ${attempt} failed: not committed, next attempt in ${span(delayMs)}`;
        return repeated('warn', then, { ...fields, delayMs: Math.round(delayMs) }, fold);
      }
      case 'halt':
        return repeated('error', HALTED, fields, fold);
      case 'drop':
        return repeated('error', DROPPED, fields, fold);
    }
  },
  'partition.paused': (place) => line('debug', 'partition takes no more records for now', place),
  'partition.resumed': (place) => line('debug', 'partition takes records again', place),
  'partition.abandoned': ({ open, ...place }) =>
    line('error', 'abandoned', { ...place, unfinished: open }),
  'partition.stopped': ({ message, code, ...place }) =>
    line('error', `partition is not read any more: ${message}`, { ...place, code }),
  'verdict.stale': ({ count, ...place }) =>
    repeated(
      'info',
      'records ended after their partition was given up: its next owner handles them again',
      { ...place, count },
      { by: ['stale', place.pipeline, place.topic], details: [] },
    ),

  'thread.died': ({ message, stack, ...rest }) =>
    repeated(
      'error',
      `worker thread ended (${rest.reason}) and is replaced: ${rest.charged} records are charged an attempt, ` +
        `${rest.suspects} run again alone, ${rest.innocent} run again uncharged${HINTS[rest.reason] ?? ''}`,
      { ...rest, error: { message, ...(stack === null ? {} : { stack }) } },
      { by: ['died', rest.reason], details: [message] },
    ),
  'thread.failed': ({ message, ...rest }) =>
    repeated(
      'error',
      'worker thread ended before it was ready: it is started again, and the other threads go on',
      { ...rest, error: { message } },
      { by: ['failed'], details: [message] },
    ),
  'thread.waiting': ({ what, ...fields }) => line('warn', WAITING[what], rounded(fields)),
  'thread.ready': (fields) => line('debug', 'worker thread is ready', rounded(fields)),
  'thread.log': ({ level, message, pipeline, thread, fields }) =>
    line(level, message, { ...fields, pipeline, thread }),

  'member.joined': (fields) => line('info', 'joined the group', fields),
  'topics.matched': (fields) =>
    fields.topics.length === 0
      ? line(
          'warn',
          'no topic matches source.topics: it looks again each discoveryInterval',
          fields,
        )
      : line('info', 'topics that match source.topics', fields),
  'member.rebalancing': (fields) => line('debug', 'the group rebalances', fields),
  'member.lost': (fields) =>
    line(
      'warn',
      'all partitions are lost without a commit: records since the last one are delivered again',
      fields,
    ),
  'member.crashed': ({ error, delayMs, ...place }) =>
    repeated(
      'warn',
      `connection to the group failed: joins again in ${span(delayMs)}, partitions are kept meanwhile`,
      { ...place, error: errorField(error), delayMs },
      { by: ['crashed', place.pipeline], details: [error.name, error.message] },
    ),
  'member.left': (fields) => line('info', 'left the group', fields),
  'member.stayed': (fields) =>
    line(
      'info',
      'stays in the group: a restart within sessionTimeout takes the partitions up again',
      fields,
    ),
  'partition.assigned': (fields) => line('debug', 'partition assigned', fields),
  'partition.revoked': (fields) => line('debug', 'partition given up', rounded(fields)),
  'partition.lost-offset': (fields) =>
    line('error', `${LOST[fields.cause]}: ${lostPolicy(fields)}`, fields),
  'topic.missing': ({ waitMs, ...fields }) =>
    line(
      'error',
      waitMs === null
        ? 'the topic does not exist any more: waits for it'
        : `the topic does not exist any more: waits ${span(waitMs)} for it, then stops`,
      fields,
    ),
  'adoption.failed': ({ error, ...place }) =>
    repeated(
      'warn',
      'offsets of assigned partitions could not be looked up: it is tried again',
      { ...place, error: errorField(error) },
      { by: ['adoption', place.pipeline], details: [error.name, error.message] },
    ),
  'commit.done': (fields) => line('debug', 'committed', rounded(fields)),
  'commit.differs': (fields) =>
    line(
      'error',
      'the broker has another offset than it confirmed: something else commits for this group',
      fields,
    ),
  'commit.failed': ({ error, isRetried, ...place }) => {
    const isPostponed = isRetried && POSTPONED.has(error.code ?? '');
    const [level, message] = isPostponed
      ? (['debug', 'commit waits until the group has rebalanced'] as const)
      : (['warn', isRetried ? COMMIT_RETRIED : COMMIT_REFUSED] as const);
    return repeated(
      level,
      message,
      { ...place, error: errorField(error) },
      { by: ['commit', level, place.pipeline], details: [error.name, error.message] },
    );
  },

  'kafka.log': ({ level, message, fields }) =>
    repeated(
      level,
      `kafka client: ${message}`,
      { client: fields },
      {
        by: ['client', level],
        details: [message, String(fields['broker']), String(fields['error'])],
      },
    ),
  'pipeline.state': ({ pipeline, state }) => line('info', `pipeline is ${state}`, { pipeline }),
};

/** What a death of a thread asks its user to look for. */
const HINTS: Partial<Record<ThreadDeath, string>> = {
  crash:
    '. The error was thrown or rejected where no handler call could catch it: look for a promise that is not awaited, or a callback',
};
const WAITING = {
  setup: 'a worker thread is still loading its handlers: look at their setup',
  teardown: 'a worker thread is still in the teardown of its handlers: the process waits for it',
};
const HALTED =
  'record failed for good and its lane is halted: nothing is lost, the partition is not committed past this offset. ' +
  'Mend the cause and restart, or set onFailure: drop to go on without it';
const DROPPED = 'record failed for good and is dropped, as onFailure says: it is not handled again';
const COMMIT_RETRIED = 'commit failed: nothing is lost, it is tried again';
const COMMIT_REFUSED =
  'commit refused, the group does not know this member any more: records since the last one are delivered again';

/** ILLEGAL_GENERATION and REBALANCE_IN_PROGRESS: the next generation commits the same. Source: Kafka protocol, error codes. */
const POSTPONED = new Set(['22', '27']);

const LOST: Record<Signals['partition.lost-offset']['cause'], string> = {
  deleted: 'the committed offset is not in the log, but below its start',
  beyond: 'the committed offset is not in the log, but above its end',
  truncated: 'the log was cut, and records that were read are not in it any more',
  recreated: 'the topic was deleted and created anew, and the committed offset is of the old one',
};

function lostPolicy({ policy, start }: Signals['partition.lost-offset']): string {
  if (start === null)
    return 'the partition is not read, as onOffsetLost says. Reset the offset of the group';
  const what =
    policy === 'latest' ? 'Records before it are not handled' : 'Nothing of it is left out';
  return `reading goes on at ${start}, as onOffsetLost says. ${what}`;
}

/** Durations without the fractions of the monotonic clock. */
function rounded<Fields extends { readonly elapsedMs: number }>(fields: Fields): Fields {
  return { ...fields, elapsedMs: Math.round(fields.elapsedMs) };
}

const span = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
