import { Committer, type Identity } from '../../src/kafka/committer.ts';
import { Coordinator } from '../../src/kafka/coordinator.ts';
import type { Held } from '../../src/kafka/intake.ts';
import { FakeClock } from './clock.ts';
import type { FakeCall } from './fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';
import { answers } from './fake-wire.ts';

export const GROUP = 'orders-svc';

/** The real committer over a fake cluster, with a member that is what the test says. */
export class CommitterRig {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster();
  readonly held: Held[] = [];
  identity: Identity | null = { memberId: 'm-1', generation: 4 };
  /** Errors that ended the membership, and those that say that committing is not allowed. */
  readonly fenced: Error[] = [];
  readonly denied: Error[] = [];
  answered = 0;
  readonly committer: Committer;

  constructor(held: readonly Held[] = [], instanceId: string | null = null) {
    this.held.push(...held);
    this.committer = new Committer({
      pipeline: 'orders',
      groupId: GROUP,
      instanceId,
      coordinator: new Coordinator(this.cluster, GROUP),
      clock: this.clock,
      intervalMs: 1000,
      clientId: 'test',
      identity: () => this.identity,
      held: () => this.held,
      onFenced: (cause) => this.fenced.push(cause),
      onDenied: (cause) => this.denied.push(cause),
      onAnswered: () => this.answered++,
    });
  }

  /** All commit requests so far, as `topic/partition@offset`. */
  get sent(): string[][] {
    return this.cluster.coordinator
      .of('OffsetCommit')
      .map(({ body }) =>
        body.partitions.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`),
      );
  }

  /** The commit request that waits for an answer. */
  get open(): FakeCall<'OffsetCommit'> {
    return this.cluster.coordinator.open('OffsetCommit');
  }
}

/** The answer to a commit: success but for the partitions that `errors` names. */
export function commitAnswer(
  { body }: FakeCall<'OffsetCommit'>,
  errors: Readonly<Record<string, number>> = {},
): Buffer {
  return answers.commit(
    body.partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      error: errors[`${topic}/${partition}`] ?? 0,
    })),
  );
}
