import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** One run of the handler for one record, as the handler itself wrote it down. */
export interface Execution {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly attempt: number;
  readonly pid: number;
  readonly startedNs: bigint;
  /** null when the process ended before. */
  endedNs: bigint | null;
}

/** The independent record of what handlers saw, and the questions that are asked of it. */
export class WitnessFile {
  readonly executions: readonly Execution[];

  constructor(file: string) {
    const open = new Map<string, Execution>();
    const executions: Execution[] = [];
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [type, partition, offset, key, attempt, pid, at] = line.split(' ');
      if (at === undefined) continue;
      const name = `${partition}/${offset}/${attempt}/${pid}`;
      if (type === 'S') {
        const execution: Execution = {
          id: `${partition}/${offset}`,
          partition: Number(partition),
          offset: Number(offset),
          key: key as string,
          attempt: Number(attempt),
          pid: Number(pid),
          startedNs: BigInt(at),
          endedNs: null,
        };
        executions.push(execution);
        open.set(name, execution);
      } else {
        const execution = open.get(name);
        assert.ok(execution, `an end without a start: ${line}`);
        execution.endedNs = BigInt(at);
        open.delete(name);
      }
    }
    this.executions = executions;
  }

  /** How often each record's handler ended. */
  get ends(): Map<string, number> {
    const ends = new Map<string, number>();
    for (const { id, endedNs } of this.executions) {
      if (endedNs !== null) ends.set(id, (ends.get(id) ?? 0) + 1);
    }
    return ends;
  }

  /** Records whose handler was started more than once. */
  get twice(): string[] {
    const starts = new Map<string, number>();
    for (const { id } of this.executions) starts.set(id, (starts.get(id) ?? 0) + 1);
    return [...starts].filter(([, count]) => count > 1).map(([id]) => id);
  }

  /** Every record of partitions that end at `ends` was handled to its end. */
  assertNothingLost(ends: ReadonlyMap<number, bigint>): void {
    const handled = this.ends;
    const lost: string[] = [];
    for (const [partition, end] of ends) {
      for (let offset = 0; offset < Number(end); offset++) {
        const id = `${partition}/${offset}`;
        if (!handled.has(id)) lost.push(id);
      }
    }
    assert.deepEqual(lost.slice(0, 10), [], `${lost.length} records were lost`);
  }

  assertNothingTwice(): void {
    const { twice } = this;
    assert.deepEqual(twice.slice(0, 10), [], `${twice.length} records were handled twice`);
  }

  /**
   * The records of a key start in the order of their offsets and never overlap. A step back is legal only as a rewind after a
   * crash: `rewinds` says whether there may be any.
   */
  assertOrder(rewinds: boolean): void {
    const last = new Map<string, Execution>();
    const wrong: string[] = [];
    const sorted = [...this.executions].sort((a, b) => Number(a.startedNs - b.startedNs));
    for (const execution of sorted) {
      const lane = `${execution.partition}/${execution.key}`;
      const before = last.get(lane);
      if (before && before.offset >= execution.offset && !rewinds)
        wrong.push(`${execution.id} after ${before.id}`);
      const overlaps = before && before.endedNs !== null && before.endedNs > execution.startedNs;
      if (overlaps) wrong.push(`${execution.id} during ${before.id}`);
      last.set(lane, execution);
    }
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} breaks of order`);
  }
}
