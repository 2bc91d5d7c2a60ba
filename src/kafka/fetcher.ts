import type { Clock } from '../contract/clock.ts';
import type { SourceConfig } from '../contract/config.ts';
import { type Client, dropBroker } from './client.ts';
import type { Ask } from './fetch-ask.ts';
import { fetchCall } from './fetch-call.ts';
import { fetchAction } from './fetch-errors.ts';
import { FetchReader } from './fetch-reader.ts';
import type { FetchAnswer, FetchedPartition } from './fetch-response.ts';
import { type Held, nameOf } from './intake.ts';
import { leaderOf } from './offsets.ts';
import type { Broker, Cluster } from './seam/cluster.ts';
import { errorFromCode } from './seam/internals.ts';

/** What the fetcher reports. */
export interface FetcherEvents {
  /**
   * The position of a partition is not in the log, or the log was cut and differs from `divergedAt` on. It isn't fetched again until it
   * is added anew.
   */
  outOfRange(held: Held, divergedAt: bigint | null): void;
  /** The broker doesn't know the topic. It isn't fetched again until it is added anew. */
  unknownTopic(held: Held): void;
  /** A partition can't be read any more: corrupt bytes that stay so, or an error without a remedy. */
  unreadable(held: Held, cause: Error): void;
  /** Reading a topic is not allowed. */
  denied(held: Held, cause: Error): void;
  /** A broker has answered. */
  answered(): void;
}

export interface FetcherOptions {
  readonly client: Client;
  readonly cluster: Cluster;
  readonly source: SourceConfig;
  readonly clock: Clock;
  readonly events: FetcherEvents;
}

/**
 * Fetches the partitions of a member: per broker one request at a time, for the partitions it leads that have room, from
 * the position of each one's epoch. An answer belongs to the epoch that asked; when that is closed, it is dropped.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #held = new Set<Held>();
  /** Brokers with a running loop, and what wakes it. */
  readonly #loops = new Map<number, () => void>();
  readonly #reader: FetchReader;
  #turn = 0;
  #isStopped = false;
  #refreshing: Promise<void> | null = null;
  #cancelLook: () => void = () => {};

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#reader = new FetchReader(options.source, {
      onCorrupt: (held, error) => options.events.unreadable(held, error),
      onDamaged: (held) => this.#pause(held),
    });
  }

  /** Starts to fetch a partition whose epoch has begun. */
  add(held: Held): void {
    this.#held.add(held);
    held.leader = leaderOf(this.#options.cluster, held);
    if (held.leader < 0) this.#refresh();
    this.#run(held.leader);
  }

  remove(held: Held): void {
    this.#held.delete(held);
  }

  /** A partition has room again. */
  wake(): void {
    for (const wake of this.#loops.values()) wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.wake();
  }

  #run(nodeId: number): void {
    if (this.#isStopped || nodeId < 0) return;
    const wake = this.#loops.get(nodeId);
    if (wake) wake();
    else void this.#loop(nodeId);
  }

  async #loop(nodeId: number): Promise<void> {
    this.#loops.set(nodeId, () => {});
    while (!this.#isStopped && this.#leads(nodeId)) {
      const { asks, isHeldBack, nextMs } = this.#asks(nodeId);
      if (asks.length === 0) await this.#wait(nodeId, nextMs);
      else await this.#fetch(nodeId, asks, isHeldBack);
    }
    this.#loops.delete(nodeId);
  }

  #leads(nodeId: number): boolean {
    for (const held of this.#held) if (held.leader === nodeId) return true;
    return false;
  }

  /** What to ask a broker for now; if nothing, for how long to wait when no room comes up. */
  #asks(nodeId: number): { asks: Ask[]; isHeldBack: boolean; nextMs: number } {
    const { maxPartitionBytes, maxWaitMs } = this.#options.source.fetch;
    const nowMs = this.#options.clock.now();
    const asks: Ask[] = [];
    let isHeldBack = false;
    let nextMs = maxWaitMs;
    for (const held of this.#held) {
      const { epoch } = held;
      if (held.leader !== nodeId || held.state !== 'running' || held.isBusy || !epoch) continue;
      if (held.notBeforeMs > nowMs) {
        nextMs = Math.min(nextMs, held.notBeforeMs - nowMs);
        continue;
      }
      const room = epoch.room();
      if (room === 0) isHeldBack = true;
      else
        asks.push({
          held,
          epoch,
          bytes: Math.max(held.leastBytes, Math.min(room, maxPartitionBytes)),
        });
    }
    // The broker fills its answer from the front: who was served last comes last.
    asks.sort((a, b) => a.held.turn - b.held.turn);
    return { asks, isHeldBack, nextMs };
  }

  #wait(nodeId: number, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#loops.set(nodeId, () => {});
        resolve();
      };
      const cancel = this.#options.clock.after(delayMs, end);
      this.#loops.set(nodeId, end);
    });
  }

  async #fetch(nodeId: number, asks: readonly Ask[], isHeldBack: boolean): Promise<void> {
    for (const { held, epoch, bytes } of asks) {
      held.isBusy = true;
      epoch.asked(bytes);
    }
    const answer = await this.#ask(nodeId, asks, isHeldBack);
    const open = new Map(asks.map((ask) => [ask.held.name, ask]));
    for (const fetched of answer?.partitions ?? []) {
      const name = nameOf(fetched.topic, fetched.partition);
      const ask = open.get(name);
      if (!ask) continue;
      open.delete(name);
      this.#take(ask, fetched, answer?.bytes ?? 0);
    }
    for (const ask of open.values()) this.#done(ask);
  }

  /** Sends the request; null when it failed, after a pause. */
  async #ask(
    nodeId: number,
    asks: readonly Ask[],
    isHeldBack: boolean,
  ): Promise<FetchAnswer | null> {
    const { cluster, events, source } = this.#options;
    let broker: Broker | undefined;
    try {
      broker = await cluster.findBroker({ nodeId });
      const answer = await broker.connectionPool.send(fetchCall(broker, source, asks, isHeldBack));
      if (answer.errorCode !== 0) throw errorFromCode(answer.errorCode);
      events.answered();
      return answer;
    } catch (cause) {
      await this.#failed(broker, cause);
      return null;
    }
  }

  #take(ask: Ask, fetched: FetchedPartition, answerBytes: number): void {
    const { held, epoch } = ask;
    const isStale = held.epoch !== epoch || !epoch.isOpen;
    if (isStale || fetched.errorCode !== 0 || fetched.set.byteLength === 0) {
      this.#done(ask);
      if (isStale) return;
      if (fetched.errorCode !== 0) this.#refused(held, fetched.errorCode);
      else this.#empty(held, fetched);
      return;
    }
    this.#sawEnds(held, fetched);
    held.turn = ++this.#turn;
    const reading = this.#reader.read(ask, fetched, answerBytes);
    if (!reading) {
      this.#done(ask);
      return;
    }
    void reading.then(() => {
      this.#done(ask);
      this.#run(held.leader);
    });
  }

  #empty(held: Held, fetched: FetchedPartition): void {
    this.#sawEnds(held, fetched);
    if (fetched.divergedAt === null) return;
    this.remove(held);
    this.#options.events.outOfRange(held, fetched.divergedAt);
  }

  #sawEnds(held: Held, { highWatermark, lastStableOffset }: FetchedPartition): void {
    const readsCommitted = this.#options.source.isolationLevel === 'readCommitted';
    const readable = readsCommitted ? lastStableOffset : highWatermark;
    held.sawEnds(highWatermark, readable, this.#options.clock.now());
  }

  /** The partition's part of the request is over. */
  #done({ held, epoch, bytes }: Ask): void {
    held.isBusy = false;
    epoch.asked(-bytes);
  }

  #refused(held: Held, code: number): void {
    const { events } = this.#options;
    switch (fetchAction(code)) {
      case 'outOfRange':
        this.remove(held);
        events.outOfRange(held, null);
        break;
      case 'unknownTopic':
        this.remove(held);
        events.unknownTopic(held);
        break;
      case 'refresh':
        this.#pause(held);
        this.#refresh();
        break;
      case 'retry':
        this.#pause(held);
        break;
      case 'denied':
        this.#pause(held);
        events.denied(held, errorFromCode(code));
        break;
      case 'stop':
        events.unreadable(held, errorFromCode(code));
        break;
    }
  }

  #pause(held: Held): void {
    held.notBeforeMs = this.#options.clock.now() + PAUSE_MS;
  }

  /** The request failed as a whole. */
  async #failed(broker: Broker | undefined, cause: unknown): Promise<void> {
    if (this.#isStopped) return;
    const { client, cluster } = this.#options;
    if (broker) dropBroker(client, cluster, broker, cause);
    this.#refresh();
    await new Promise<void>((resolve) => this.#options.clock.after(PAUSE_MS, resolve));
  }

  /** Asks for new metadata, once at a time, and sends each partition's fetches to its leader of now. */
  #refresh(): void {
    if (this.#refreshing || this.#isStopped) return;
    this.#refreshing = this.#options.cluster
      .refreshMetadata()
      .catch(() => {
        // A topic without a leader or a broker that is gone fails the whole answer. What is known stays; the next error asks again.
      })
      .then(() => {
        this.#refreshing = null;
        this.lead();
      });
  }

  /** Takes leaders from the metadata at hand. */
  lead(): void {
    const { clock, cluster } = this.#options;
    let isLeaderless = false;
    for (const held of this.#held) {
      const leader = leaderOf(cluster, held);
      if (leader >= 0) held.leader = leader;
      if (held.leader < 0) isLeaderless = true;
      this.#run(held.leader);
    }
    if (!isLeaderless) return;
    // No request of theirs can fail, so nothing else would ask for them again.
    this.#cancelLook();
    this.#cancelLook = clock.after(PAUSE_MS, () => this.#refresh());
  }
}

/** Pause after an error, in ms. */
const PAUSE_MS = 200;
