import type { Clock } from './contract/clock.ts';
import type { KafkaConfig, PipelineConfig } from './contract/config.ts';
import { type MillraceError, ofPipeline, reportError } from './contract/errors.ts';
import { publish } from './contract/signals.ts';
import type { PipelineStatus } from './contract/status.ts';
import { OUTPUT_FIELDS, type Outputs } from './contract/thread.ts';
import { type Failure, VERDICT } from './contract/verdict.ts';
import type { Chunk } from './flow/chunk.ts';
import type { Epoch } from './flow/epoch.ts';
import { Flow, type FlowThreads } from './flow/flow.ts';
import { recordFromBody } from './kafka/body-record.ts';
import { type Abandoned, KafkaSource } from './kafka/kafka-source.ts';
import { PartitionStatuses } from './partition-statuses.ts';
import type { PoolListener } from './pool/pool-listener.ts';
import type { WorkerPool } from './pool/worker-pool.ts';

export interface PipelineOptions {
  readonly config: PipelineConfig;
  readonly kafka: KafkaConfig;
  readonly clock: Clock;
  readonly pool: WorkerPool<Chunk>;
  /** Number of the pipeline in that pool. */
  readonly number: number;
  /** Per thread of the pool: records of this pipeline that run at the same time. */
  readonly limits: readonly number[];
  /** A number for a partition, never used before in this process. */
  readonly nextIndex: () => number;
  readonly onFatal: (cause: MillraceError) => void;
}

/** One pipeline: wires its flow, its Kafka side and its share of the threads. No decision is made here. */
export class Pipeline {
  readonly config: PipelineConfig;
  readonly #options: PipelineOptions;
  readonly #flow: Flow;
  readonly #source: KafkaSource;
  readonly #statuses = new PartitionStatuses();
  #hasJoined = false;

  constructor(options: PipelineOptions) {
    const { config, kafka, clock, pool, number, limits } = options;
    const onFatal = (cause: MillraceError): void =>
      options.onFatal(ofPipeline(cause, config.id) as MillraceError);
    this.config = config;
    this.#options = options;
    this.#flow = new Flow({
      pipeline: config,
      limits,
      threads: this.#threads(),
      clock,
      random: Math.random,
      onWantCommit: () => this.#source.requestCommit(),
      onRoom: () => this.#source.wake(),
    });
    const intake = this.#flow;
    this.#source = new KafkaSource({ kafka, pipeline: config, clock, intake, onFatal });
    pool.listen(number, this.#listener());
  }

  /** Connects; see KafkaSource. Errors name this pipeline. */
  connect(): Promise<void> {
    return this.#named(() => this.#source.connect());
  }

  /** Joins the group, once the threads are up. */
  async join(): Promise<void> {
    await this.#named(() => this.#source.join());
    this.#hasJoined = true;
  }

  /** What a start would find wrong with brokers, topics and rights. */
  async check(): Promise<unknown[]> {
    return (await this.#source.check()).map((cause) => ofPipeline(cause, this.config.id));
  }

  async #named(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (cause) {
      throw ofPipeline(cause, this.config.id);
    }
  }

  /** Drains until `untilMs` on the clock and leaves the group; returns what was abandoned. */
  stop(untilMs: number): Promise<Abandoned[]> {
    return this.#source.stop(untilMs);
  }

  /**
   * Names what is abandoned when the process ends at this moment, though `stop` has not: what was handed out and has not ended,
   * or is not committed. What `stop` has named already isn't named again. Returns of how many partitions something is abandoned, those that
   * were named already included.
   */
  abandon(): number {
    let count = this.#source.abandonedCount;
    for (const { topic, partition, committed, epoch } of this.#source.held) {
      const flow = epoch as Epoch | null;
      if (!flow?.isOpen) continue;
      const { unfinished: open, topOffset: to, ledger } = flow.partition;
      if (open === 0 && flow.commitPoint() === null) continue;
      const from = committed ?? ledger.origin;
      publish('partition.abandoned', {
        pipeline: this.config.id,
        topic,
        partition,
        from,
        to,
        open,
      });
      count++;
    }
    return count;
  }

  get status(): PipelineStatus {
    const { id, source } = this.config;
    const { clock, pool, number } = this.#options;
    const nowMs = clock.now();
    const { memberId, generation, rebalances, state } = this.#source.member;
    return {
      id,
      state,
      groupId: source.groupId,
      memberId,
      generation,
      hasJoined: this.#hasJoined,
      silentMs: this.#source.silentMs,
      partitions: this.#statuses.of(this.#source.held, nowMs, pool.chunksOf(number)),
      topics: this.#flow.tally.topics,
      inFlight: this.#flow.inFlight,
      commits: this.#source.commits,
      rebalances,
      stale: this.#flow.tally.stale,
      durations: this.#durations(),
    };
  }

  #threads(): FlowThreads {
    const { pool, number, nextIndex } = this.#options;
    return {
      send: (chunk) => pool.send(number, chunk),
      meanMs: (index) => pool.meanMs(index),
      nextIndex,
      announce: ({ index, topic, partition, ledger }) =>
        pool.announce({ index, topic, partition, origin: ledger.origin }),
      forget: ({ index }) => pool.forget(index),
      open: (thread, index, lane) => pool.open(thread, index, lane),
      recall: ({ index }) => pool.recall(index),
      abort: ({ index }, reason) => pool.abort(index, reason),
      claim: (thread) => pool.claim(number, thread),
      unclaim: (thread) => pool.unclaim(number, thread),
      isSaturated: () => this.#source.producer.bytes > OUTPUT_BYTES_MAX,
    };
  }

  #listener(): PoolListener<Chunk> {
    const flow = this.#flow;
    return {
      threadUp: (thread) => flow.threadUp(thread),
      threadRetiring: (thread) => flow.threadRetiring(thread),
      threadLeft: (thread) => flow.threadLeft(thread),
      verdict: (chunk, place, count, verdict) => {
        const hasOutputs = verdict === VERDICT.produced;
        flow.back(chunk, place, count, hasOutputs ? VERDICT.ack : verdict, hasOutputs);
      },
      failed: (chunk, place, failure) => flow.failed(chunk, place, failure),
      outputs: (outputs, sourceOf) => this.#produce(outputs, sourceOf),
      opened: (partition, lane) => flow.opened(partition, lane),
      turn: () => flow.turn(),
      threadClaimed: (thread, isClaimed) => flow.threadClaimed(thread, isClaimed),
      threadDied: (thread, death, message, lost, running, stack) =>
        flow.threadDied(thread, death, message, lost, running, stack),
    };
  }

  /** Produces outputs; each source record counts as handled when the broker has all of its own. */
  #produce(outputs: Outputs, sourceOf: (token: number) => { chunk: Chunk; place: number }): void {
    const { topics, index, timestamp, bytes } = outputs;
    const sent = new Map<number, Promise<void>[]>();
    for (let i = 0; i < timestamp.length; i++) {
      const field = (n: number): number => index[i * OUTPUT_FIELDS + n] as number;
      const token = field(0);
      const body = bytes.subarray(field(3), field(4));
      const record = recordFromBody(body, timestamp[i] as number);
      const done = this.#source.producer.send(topics[field(1)] as string, field(2), record);
      const others = sent.get(token);
      if (others) others.push(done);
      else sent.set(token, [done]);
    }
    for (const [token, writes] of sent) {
      const { chunk, place } = sourceOf(token);
      Promise.all(writes).then(
        () => this.#settle(() => this.#flow.confirm(chunk, place)),
        (cause: unknown) =>
          this.#settle(() => this.#flow.refuse(chunk, place, produceFailure(cause))),
      );
    }
  }

  #settle(step: () => void): void {
    step();
    this.#flow.turn();
  }

  #durations(): PipelineStatus['durations'] {
    const [sum = 0, ...counts] = this.#options.pool.durations(this.#options.number);
    return { sum, counts };
  }
}

function produceFailure(cause: unknown): Failure {
  return { kind: 'produce', error: reportError(cause), mayRetry: false, afterMs: null };
}

/** Bytes of outputs that wait for the broker past which nothing more is handed out. */
const OUTPUT_BYTES_MAX = 32 * 2 ** 20;
