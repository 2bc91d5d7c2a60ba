import { Flow } from '../../src/flow/flow.ts';
import { rowOf } from './blocks.ts';
import { FakeClock } from './clock.ts';
import { Dice } from './dice.ts';
import { pipelineOf } from './pipeline.ts';
import { FakeThreads } from './threads.ts';

/** A partition under load. */
export interface Feed {
  readonly handlerMs: number;
  /** Records a ms that arrive; as many as it takes if it isn't given. */
  readonly rate?: number;
}

/** Records a second that each partition gets through, in simulated time after a start-up. */
export function throughput(
  limits: readonly number[],
  feeds: readonly Feed[],
  forMs = 8_000,
): number[] {
  const clock = new FakeClock();
  const dice = new Dice(1);
  const done = feeds.map(() => 0);
  const threads = new FakeThreads({
    clock,
    dice,
    limits,
    delayMs: () => 0.1,
    startMs: () => 1,
    outputsMax: 1,
    plan: ({ run }) => ({ type: 'ack', afterMs: (feeds[run.owner.partition] as Feed).handlerMs }),
    watch: {
      ended: ({ run }) => {
        done[run.owner.partition] = (done[run.owner.partition] as number) + 1;
      },
    },
  });
  let wantsCommit = false;
  const flow = new Flow({
    pipeline: pipelineOf(),
    limits,
    threads,
    clock,
    random: () => dice.next(),
    onWantCommit: () => {
      wantsCommit = true;
    },
    onRoom: () => {},
  });
  threads.start(flow);
  const epochs = feeds.map((_, partition) => flow.assign('orders', partition, 0n, 0n));
  const startMs = forMs / 2;
  let before: number[] | null = null;
  while (clock.now() < startMs + forMs) {
    for (const [i, epoch] of epochs.entries()) {
      const { rate } = feeds[i] as Feed;
      const position = Number(epoch.position);
      const due =
        rate === undefined
          ? 1_000 - epoch.partition.backlog.records
          : clock.now() * rate - position;
      if (due >= 1) epoch.admit(rowOf(position, Math.floor(due), () => dice.below(5_000)));
      const point = wantsCommit ? epoch.commitPoint() : null;
      if (point) epoch.confirm(point);
    }
    wantsCommit = false;
    if (!before && clock.now() >= startMs) before = [...done];
    clock.step();
  }
  return done.map((count, i) => ((count - ((before as number[])[i] as number)) / forMs) * 1_000);
}
