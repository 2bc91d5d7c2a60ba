import type { HandlerContext, HandlerRecord } from '../../src/contract/handler.ts';
import {
  type HandlerSpec,
  RECORD,
  type Reply,
  threadMemoryBytes,
  viewThreadMemory,
} from '../../src/contract/thread.ts';
import { type Failure, VERDICT } from '../../src/contract/verdict.ts';
import { pack } from '../../src/pool/pack.ts';
import type { LoadedHandler } from '../../workers/load-handler.ts';
import type { Origin } from '../../workers/record.ts';
import { Runner, type RunnerHost } from '../../workers/runner.ts';
import { type PlanOptions, planOf } from './chunk-plans.ts';
import type { BodySpec } from './record-bodies.ts';

const PAGES = 64;

/** A runner in this thread, with a handler of the test's own, and what it said of its records. */
export class RunnerHarness implements RunnerHost {
  readonly memory: RunnerHost['memory'] = viewThreadMemory(
    new SharedArrayBuffer(threadMemoryBytes(PAGES, 1)),
    PAGES,
    1,
  );
  readonly origins: Map<number, Origin> = new Map();
  readonly runner: Runner;
  /** Verdicts as `offset verdict`, in the order in which they were decided. */
  readonly verdicts: string[] = [];
  readonly failures: Map<number, Failure> = new Map();
  /** Outputs as `offset topic`. */
  readonly outputs: string[] = [];
  /** Resolves when a record has outlived its timeout and the grace. */
  readonly isOverdue: Promise<void>;
  overdue: () => void = () => {};
  readonly #offsets = new Map<number, number>();
  #page = 0;
  #next = 0;
  #waiting: (() => void)[] = [];

  constructor(
    handle: (record: HandlerRecord, ctx: HandlerContext) => unknown,
    spec: Partial<HandlerSpec> = {},
    call?: LoadedHandler['call'],
  ) {
    this.isOverdue = new Promise((resolve) => {
      this.overdue = resolve;
    });
    for (const partition of [0, 1]) {
      this.origins.set(partition, { topic: 'orders', partition, origin: 0n });
    }
    const handler = {
      state: undefined,
      options: {},
      call: call ?? handle,
      teardown: () => undefined,
    };
    const around = {
      state: undefined,
      options: {},
      thread: { id: 0 },
      loggerFor: () => ({ debug() {}, info() {}, warn() {}, error() {} }),
    };
    this.runner = new Runner(0, { ...SPEC, ...spec }, handler, around, this);
  }

  /** Sends a chunk; offsets count on from the chunk before. */
  send(records: readonly BodySpec[], options: PlanOptions = {}): void {
    const page = this.#page++;
    const placed = records.map((record, i) => ({ ...record, offset: this.#next + i }));
    this.#next += records.length;
    const plan = planOf(placed, options);
    for (const [place, offset] of plan.offsets.entries()) {
      this.#offsets.set((page << 8) | place, offset);
    }
    this.runner.take(page, plan.count, pack(plan));
  }

  /** Name of the state of a record in the memory shared with the main thread. */
  stateOf(offset: number): keyof typeof RECORD {
    for (const [token, each] of this.#offsets) {
      if (each === offset) return nameOf(RECORD, this.memory.status[token] as number);
    }
    throw new Error(`record ${offset} was not sent`);
  }

  /** Resolves when `count` verdicts are there. */
  async until(count: number): Promise<string[]> {
    while (this.verdicts.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.verdicts;
  }

  pace(): void {
    this.#collect();
  }

  replied(): void {
    this.#collect();
  }

  /** Takes the reply out of the runner as its thread does. */
  #collect(): void {
    const reply = this.runner.reply.take();
    if (!reply) return;
    this.#read(reply);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #read({ runs, failures, outputs }: Reply): void {
    for (let i = 0; i < runs.length; i += 3) {
      const [token = 0, count = 0, verdict = 0] = runs.subarray(i, i + 3);
      for (let k = 0; k < count; k++) {
        this.verdicts.push(`${this.#offsets.get(token + k)} ${nameOf(VERDICT, verdict)}`);
      }
    }
    for (const { token, failure } of failures) {
      this.failures.set(this.#offsets.get(token) as number, failure);
    }
    for (let i = 0; outputs && i < outputs.timestamp.length; i++) {
      const offset = this.#offsets.get(outputs.index[i * 5] as number);
      this.outputs.push(`${offset} ${outputs.topics[outputs.index[i * 5 + 1] as number]}`);
    }
  }
}

interface Gate {
  resolve(value?: unknown): void;
  reject(cause: unknown): void;
}

/** Promises that the test settles, by offset of their record. */
export class Gates {
  readonly started: number[] = [];
  readonly #open = new Map<number, Gate>();

  readonly handle = ({ offset }: { offset: bigint }): Promise<unknown> => {
    this.started.push(Number(offset));
    return new Promise((resolve, reject) => this.#open.set(Number(offset), { resolve, reject }));
  };

  resolve(offset: number, value?: unknown): void {
    this.#take(offset).resolve(value);
  }

  reject(offset: number, cause: unknown): void {
    this.#take(offset).reject(cause);
  }

  #take(offset: number): Gate {
    const gate = this.#open.get(offset);
    if (!gate) throw new Error(`record ${offset} does not run`);
    this.#open.delete(offset);
    return gate;
  }
}

function nameOf<Names extends Record<string, number>>(names: Names, value: number): keyof Names {
  const found = Object.keys(names).find((name) => names[name] === value);
  if (found === undefined) throw new Error(`${value} has no name`);
  return found;
}

const SPEC: HandlerSpec = {
  pipeline: 'orders',
  url: '',
  exportName: null,
  options: {},
  deserialize: { key: 'string', value: 'string' },
  timeoutMs: 1000,
  graceMs: 1000,
  concurrency: 16,
  sink: null,
  isCheck: false,
  witness: null,
};
