import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../src/contract/clock.ts';
import type { WorkersConfig } from '../../src/contract/config.ts';
import { subscribe } from '../../src/contract/signals.ts';
import { type HandlerSpec, OUTPUT_FIELDS, type Outputs } from '../../src/contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../../src/contract/verdict.ts';
import { bundle } from '../../src/pool/bundle.ts';
import type { LostRecord, PoolListener } from '../../src/pool/pool-listener.ts';
import { WorkerPool } from '../../src/pool/worker-pool.ts';
import { type PlanOptions, planOf, type TestPlan } from './chunk-plans.ts';
import { type ProjectFiles, projectOf } from './handler-files.ts';
import type { BodySpec } from './record-bodies.ts';

export type VerdictName = keyof typeof VERDICT;

/** What a pipeline heard of the pool, record by record, each named by its offset. */
export type Heard =
  | { readonly type: 'up' | 'retiring' | 'left'; readonly thread: number }
  | { readonly type: 'claimed'; readonly thread: number; readonly isClaimed: boolean }
  | { readonly type: 'verdict'; readonly offset: number; readonly verdict: VerdictName }
  | { readonly type: 'failed'; readonly offset: number; readonly failure: Failure }
  | { readonly type: 'outputs'; readonly offsets: readonly number[]; readonly outputs: Outputs }
  | { readonly type: 'opened'; readonly partition: number; readonly lane: number }
  | { readonly type: 'recalled'; readonly partition: number }
  | {
      readonly type: 'died';
      readonly thread: number;
      readonly death: string;
      readonly message: string;
      readonly lost: readonly {
        readonly offset: number;
        readonly state: number;
        readonly isOverdue: boolean;
      }[];
    }
  | { readonly type: 'log'; readonly message: string; readonly fields: Record<string, unknown> };

export interface PoolOptions {
  readonly files: ProjectFiles;
  /** One per pipeline, each with the name of its handler file; default: one, whose file is the first. */
  readonly handlers?: readonly (Partial<HandlerSpec> & { readonly file: string })[];
  readonly workers?: Partial<WorkersConfig>;
  /** For the only pipeline. */
  readonly spec?: Partial<HandlerSpec>;
  /** Default: that of the system. A test with its own has to stop the pool itself. */
  readonly clock?: Clock;
}

/**
 * Something that handlers wait for and only the test opens; they get `memory` in their options. A handler waits without
 * blocking by `await Atomics.waitAsync(new Int32Array(memory), 0, 0).value`, and blocked by `Atomics.wait`.
 */
export class Gate {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(4);

  open(): void {
    const cell = new Int32Array(this.memory);
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
  }
}

/** A worker pool with real threads and real handler files, and what its first pipeline hears. */
export class PoolHarness {
  readonly pool: WorkerPool<TestPlan>;
  readonly heard: Heard[] = [];
  /** Verdicts as `offset verdict`, in the order of their arrival. */
  readonly verdictsSoFar: string[] = [];
  /** Ends of bursts that each pipeline has heard of. */
  readonly turns: number[] = [];
  readonly #waiting = new Set<() => void>();
  #specsOf: (file: string) => Promise<HandlerSpec[]> = () =>
    Promise.reject(new Error('not prepared'));

  /** Where the files are. */
  readonly folder: string;

  private constructor(workers: WorkersConfig, folder: string, clock: Clock) {
    this.folder = folder;
    this.pool = new WorkerPool(workers, clock);
  }

  /** A started pool that knows partition 0, which is orders/0 from offset 0; it is stopped after the test. */
  static async start(t: TestContext, options: PoolOptions): Promise<PoolHarness> {
    const { harness, start } = await PoolHarness.prepare(t, options);
    harness.pool.announce({ index: 0, topic: 'orders', partition: 0, origin: 0n });
    await start();
    return harness;
  }

  /** The same without the start, for tests of what the start does. */
  static async prepare(
    t: TestContext,
    { files, handlers, workers, spec, clock }: PoolOptions,
  ): Promise<{ harness: PoolHarness; start: () => Promise<void>; folder: string }> {
    const folder = await projectOf(t, files);
    const list = handlers ?? [{ ...spec, file: Object.keys(files)[0] as string }];
    const specs: HandlerSpec[] = [];
    for (const [number, { file, ...rest }] of list.entries()) {
      const bundled = await bundle(join(folder, file));
      t.after(() => bundled.dispose());
      specs.push({ ...SPEC, pipeline: `pipeline-${number}`, url: bundled.url, ...rest });
    }
    const harness = new PoolHarness(
      {
        threads: 1,
        concurrencyPerThread: 16,
        maxHeapBytes: null,
        ...workers,
      },
      folder,
      clock ?? systemClock,
    );
    for (const number of specs.keys()) harness.pool.listen(number, harness.#listener(number));
    t.after(subscribe('thread.log', (line) => harness.#hear({ type: 'log', ...line })));
    if (!clock) t.after(() => harness.pool.stop(1000));
    harness.#specsOf = async (file) => {
      const bundled = await bundle(join(folder, file));
      t.after(() => bundled.dispose());
      return specs.map((each) => ({ ...each, url: bundled.url }));
    };
    return { harness, start: () => harness.pool.start(specs), folder };
  }

  /** Replaces the handler of all pipelines by the one of another file. */
  async swap(file: string): Promise<void> {
    await this.pool.swap(await this.#specsOf(file));
  }

  /** Proves the handler of another file. */
  async prove(file: string): Promise<void> {
    await this.pool.prove(await this.#specsOf(file));
  }

  /** Sends records to the pipeline, thread 0 and partition 0 unless told otherwise. */
  send(records: readonly BodySpec[], options: PlanOptions & { pipeline?: number } = {}): void {
    this.pool.send(options.pipeline ?? 0, planOf(records, options));
  }

  /** Resolves with what `look` finds, as soon as it finds something; rejects after 20 s. */
  until<T>(what: string, look: (heard: readonly Heard[]) => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look(this.heard);
        if (found === undefined || found === false) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const heard = this.heard.map((each) => `\n  ${JSON.stringify(each)}`).join('');
        reject(new Error(`${what} did not come; heard so far:${heard}`));
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }

  /** Resolves with all verdicts when there are `count`. */
  verdicts(count: number): Promise<string[]> {
    return this.until(
      `verdict number ${count}`,
      () => this.verdictsSoFar.length >= count && [...this.verdictsSoFar],
    );
  }

  /** Resolves with the failure of a record. */
  failure(offset: number): Promise<Failure> {
    return this.until(`the failure of ${offset}`, (heard) => {
      const found = heard.find((each) => each.type === 'failed' && each.offset === offset);
      return found?.type === 'failed' && found.failure;
    });
  }

  /** Resolves when `count` log lines with that message are there, with their fields. */
  logs(message: string, count = 1): Promise<Record<string, unknown>[]> {
    return this.until(`log line "${message}" number ${count}`, (heard) => {
      const found = heard.flatMap((each) =>
        each.type === 'log' && each.message === message ? [each.fields] : [],
      );
      return found.length >= count && found;
    });
  }

  /** Resolves with the `nth` death of a thread, from 1. */
  death(nth = 1): Promise<Extract<Heard, { type: 'died' }>> {
    return this.until(`death number ${nth}`, (heard) => {
      const deaths = heard.filter((each) => each.type === 'died');
      return deaths[nth - 1];
    });
  }

  /** Resolves when threads have come up `count` times in all. */
  async ups(count: number): Promise<void> {
    await this.until(`thread up number ${count}`, (heard) => {
      return heard.filter((each) => each.type === 'up').length >= count;
    });
  }

  recall(partition: number): Promise<void> {
    return this.pool.recall(partition).then(() => this.#hear({ type: 'recalled', partition }));
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    if (heard.type === 'verdict') this.verdictsSoFar.push(`${heard.offset} ${heard.verdict}`);
    else if (heard.type === 'failed') this.verdictsSoFar.push(`${heard.offset} fail`);
    else this.#check();
  }

  #check(): void {
    for (const check of [...this.#waiting]) check();
  }

  #listener(pipeline: number): PoolListener<TestPlan> {
    const offsetAt = (plan: TestPlan, place: number): number => plan.offsets[place] as number;
    return {
      threadUp: (thread) => this.#hear({ type: 'up', thread }),
      threadRetiring: (thread) => this.#hear({ type: 'retiring', thread }),
      threadLeft: (thread) => this.#hear({ type: 'left', thread }),
      threadClaimed: (thread, isClaimed) => this.#hear({ type: 'claimed', thread, isClaimed }),
      verdict: (plan, place, count, verdict) => {
        for (let i = place; i < place + count; i++) {
          this.#hear({ type: 'verdict', offset: offsetAt(plan, i), verdict: nameOf(verdict) });
        }
      },
      failed: (plan, place, failure) =>
        this.#hear({ type: 'failed', offset: offsetAt(plan, place), failure }),
      outputs: (outputs, sourceOf) => {
        const offsets: number[] = [];
        for (let i = 0; i < outputs.timestamp.length; i++) {
          const source = sourceOf(outputs.index[i * OUTPUT_FIELDS] as number);
          offsets.push(offsetAt(source.chunk, source.place));
        }
        this.#hear({ type: 'outputs', offsets, outputs });
      },
      opened: (partition, lane) => this.#hear({ type: 'opened', partition, lane }),
      turn: () => {
        this.turns[pipeline] = (this.turns[pipeline] ?? 0) + 1;
        this.#check();
      },
      threadDied: (thread, death, message, lost) =>
        this.#hear({ type: 'died', thread, death, message, lost: lost.map(lostOf) }),
    };
  }
}

const lostOf = ({ chunk, place, state, isOverdue }: LostRecord<TestPlan>) => ({
  offset: chunk.offsets[place] as number,
  state,
  isOverdue,
});

function nameOf(verdict: Verdict): VerdictName {
  const found = Object.entries(VERDICT).find(([, value]) => value === verdict);
  return (found as [VerdictName, Verdict])[0];
}

const PATIENCE_MS = 20_000;

const SPEC: HandlerSpec = {
  pipeline: '',
  url: '',
  exportName: null,
  options: {},
  deserialize: { key: 'string', value: 'string' },
  timeoutMs: 30_000,
  graceMs: 5_000,
  concurrency: 16,
  sink: null,
  isCheck: false,
  witness: null,
};
