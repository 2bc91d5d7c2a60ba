import { Lane } from './lane.ts';

/** The lanes of one partition that hold records, by key, and which of them are ready to go on. */
export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  #ready: Lane[] = [];

  get size(): number {
    return this.#lanes.size;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** The lane of a record, if it has one. */
  at(id: number, seq: number): Lane | undefined {
    return this.#lanes.get(Lane.keyOf(id, seq));
  }

  /** The lane of a key that has an order. */
  of(id: number): Lane | undefined {
    return this.#lanes.get(id);
  }

  /** Lets a record wait in its lane. A record without order gets its own. */
  add(id: number, seq: number): Lane {
    const lane = this.get(id, seq);
    lane.add(seq);
    return lane;
  }

  /** The lane of a record, made if there is none. */
  get(id: number, seq: number): Lane {
    let lane = this.at(id, seq);
    if (!lane) {
      lane = new Lane(id, seq);
      this.#lanes.set(lane.key, lane);
    }
    return lane;
  }

  /** Makes a lane's first record available, or forgets the lane when it has none. */
  ready(lane: Lane): void {
    lane.state = 'ready';
    this.list(lane);
  }

  /** Lists a lane that is ready, unless it is listed; forgets it when it is empty. */
  list(lane: Lane): void {
    if (lane.state !== 'ready') return;
    if (lane.size === 0) {
      this.#lanes.delete(lane.key);
    } else if (!lane.isListed) {
      lane.isListed = true;
      this.#ready.push(lane);
    }
  }

  /** Takes the ready lanes off the list; each has to be listed again when it is not done. */
  takeReady(): readonly Lane[] {
    const taken = this.#ready;
    this.#ready = [];
    for (const lane of taken) lane.isListed = false;
    // A lane may have lost its readiness since it was listed: its first record came back failed.
    return taken.filter((lane) => lane.state === 'ready');
  }

  /** Forgets the records from `limit` on. */
  cut(limit: number): void {
    for (const lane of this.#lanes.values()) lane.cut(limit);
    for (const lane of this.takeReady()) this.list(lane);
  }

  clear(): void {
    this.#lanes.clear();
    this.#ready = [];
  }

  /** Whether no lane has anything to do before `untilMs`; halted lanes never have. */
  isIdle(untilMs: number): boolean {
    for (const lane of this.#lanes.values()) {
      if (lane.size === 0 || lane.state === 'halted') continue;
      if (lane.state !== 'waiting' || lane.dueMs <= untilMs) return false;
    }
    return true;
  }

  /** Lanes that a thread has closed and not opened again. */
  closedBy(thread: number): Lane[] {
    return [...this.#lanes.values()].filter((lane) => lane.closedIn === thread);
  }

  /** Lanes that wait for a retry or to run alone, and lanes given up by policy. */
  get blocked(): { waiting: number; halted: number } {
    const blocked = { waiting: 0, halted: 0 };
    for (const lane of this.#lanes.values()) {
      if (lane.state === 'halted') blocked.halted++;
      else if (lane.state === 'waiting' || lane.state === 'solo') blocked.waiting++;
    }
    return blocked;
  }

  /** Records below `limit` in halted lanes. */
  haltedBelow(limit: number): number {
    let count = 0;
    for (const lane of this.#lanes.values()) {
      if (lane.state === 'halted') count += lane.countBelow(limit);
    }
    return count;
  }
}
