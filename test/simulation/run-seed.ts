import { FakeClock } from '../support/clock.ts';
import { Dice } from '../support/dice.ts';
import type { FaultName } from './faults.ts';
import type { Observations } from './observations.ts';
import { Oracle } from './oracle.ts';
import { pipelineFor, type Scenario } from './scenario.ts';
import { NODES, SimBroker } from './sim-broker.ts';
import { SimLog } from './sim-log.ts';
import { SimMember } from './sim-member.ts';
import { Troubles } from './troubles.ts';
import { Violation } from './violation.ts';

export interface Outcome {
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly seen: Observations;
  readonly events: number;
  /** null when all promises held. */
  readonly failure: Error | null;
}

/** Runs a scenario: faults for a while, then none; safety is checked at each event, progress at the end. */
export async function runSeed(scenario: Scenario): Promise<Outcome> {
  const run = new Run(scenario);
  let failure: Error | null = null;
  // What the engine throws into a promise that nobody owns ends a real process.
  const rejected = (cause: unknown): void => run.fail(cause);
  process.on('unhandledRejection', rejected);
  try {
    await run.play();
  } catch (cause) {
    failure = cause as Error;
  } finally {
    process.off('unhandledRejection', rejected);
  }
  return { faults: run.troubles.counts, seen: run.oracle.seen, events: run.events, failure };
}

class Run {
  readonly oracle: Oracle;
  readonly troubles: Troubles;
  events = 0;
  readonly #scenario: Scenario;
  readonly #dice: Dice;
  readonly #timeline: FakeClock = new FakeClock();
  readonly #broker: SimBroker;
  readonly #members: SimMember[] = [];
  #isTended = false;
  /** Lanes given up by processes that were replaced for it. */
  #halted = 0;
  #failure: unknown = null;

  constructor(scenario: Scenario) {
    const dice = new Dice(scenario.seed);
    const logs = Array.from({ length: scenario.partitions }, () => new SimLog(scenario, dice));
    this.#scenario = scenario;
    this.#dice = dice;
    this.oracle = new Oracle(pipelineFor(scenario), this.#timeline, logs);
    this.#broker = new SimBroker(logs, this.#timeline, dice, this.oracle);
    this.troubles = new Troubles(scenario.faults, dice, (process) =>
      this.oracle.taint(process, 'network'),
    );
  }

  async play(): Promise<void> {
    const { members, faultsMs } = this.#scenario;
    for (let i = 0; i < members; i++) this.#join();
    this.#planFault();
    await this.#until(() => this.#timeline.now() >= faultsMs, faultsMs);
    this.#heal();
    const wasDone = await this.#until(() => this.oracle.isAllDone, HEALED_MS);
    this.#isTended = false;
    if (!wasDone) throw new Violation(`P12: no progress after the faults: ${this.oracle.missing}`);
    for (const member of this.#up) member.terminate();
    const isStopped = await this.#until(
      () => this.#members.every(({ state }) => state === 'gone'),
      HEALED_MS,
    );
    if (!isStopped) throw new Violation('P7: not all processes have stopped');
    if (!this.oracle.isAllDone)
      throw new Violation(`P12: undone by the stop: ${this.oracle.missing}`);
  }

  fail(cause: unknown): void {
    this.#failure ??= cause;
  }

  get #up(): SimMember[] {
    return this.#members.filter(({ state }) => state === 'up');
  }

  /** Goes on, event by event, until something is true; false when it isn't after `forMs`. */
  async #until(isTrue: () => boolean, forMs: number): Promise<boolean> {
    const untilMs = this.#timeline.now() + forMs;
    while (!isTrue()) {
      if (this.#timeline.nextMs > untilMs) {
        this.#timeline.advance(untilMs - this.#timeline.now());
        return isTrue();
      }
      if (++this.events > EVENTS_MAX) throw new Violation(`P12: no end after ${EVENTS_MAX} events`);
      this.#timeline.step();
      await turn();
      if (this.#isTended) this.#tend();
      const wrong = this.oracle.violation ?? this.#failure;
      if (wrong !== null) throw wrong;
      for (const member of this.#members)
        if (member.state !== 'gone') this.oracle.checkHeld(member.id, member.held);
    }
    return true;
  }

  #join(): void {
    const member = new SimMember(this.#members.length + 1, {
      scenario: this.#scenario,
      oracle: this.oracle,
      watch: this.oracle,
      timeline: this.#timeline,
      dice: this.#dice,
      broker: this.#broker,
      troubles: this.troubles,
      onFailure: (cause) => this.fail(cause),
    });
    this.#members.push(member);
    member.start();
  }

  /** No fault happens from now on. What is left of old ones passes; lanes that were given up get new processes. */
  #heal(): void {
    this.troubles.isHealed = true;
    this.#broker.down.clear();
    for (const member of this.#members) if (member.isFrozen) member.thaw();
    this.#isTended = true;
    this.#tend();
  }

  /** A process takes the place of the last one that goes, and of those that have given lanes up. */
  #tend(): void {
    const { halt } = this.oracle.seen;
    const old = this.#up;
    if (old.length > 0 && halt === this.#halted) return;
    this.#halted = halt;
    this.#join();
    for (const member of old) member.terminate();
  }

  #planFault(): void {
    const next = this.troubles.nextEvent();
    if (!next) return;
    this.#timeline.after(next.afterMs, () => {
      if (this.troubles.isHealed) return;
      if (this.#happen(next.name)) this.troubles.count(next.name);
      this.#planFault();
    });
  }

  /** Lets a fault happen; false when there is nothing that it could happen to. */
  #happen(name: FaultName): boolean {
    const dice = this.#dice;
    const member = dice.pick(this.#up);
    switch (name) {
      case 'join':
        if (this.#up.length >= this.#scenario.membersMax) return false;
        this.#join();
        return true;
      case 'terminate':
        member?.terminate();
        return member !== undefined;
      case 'kill': {
        const any = dice.pick(this.#members.filter(({ state }) => state !== 'gone'));
        any?.kill();
        return any !== undefined;
      }
      case 'freeze':
        if (!member || member.isFrozen) return false;
        member.freeze(dice.between(100, dice.pick([2000, 18_000])));
        return true;
      case 'killThread':
        return member?.killThread() ?? false;
      case 'brokerDown':
        return this.#fail(1 + dice.below(NODES));
      case 'moveCoordinator':
        return this.#moveCoordinator();
      case 'moveLeader':
        return this.#moveLeader(dice.below(this.#broker.leaders.length));
      case 'evict': {
        const memberId = dice.pick(this.#broker.coordinator.members);
        if (memberId === undefined) return false;
        this.oracle.evicted(memberId);
        this.#broker.coordinator.evict(memberId);
        return true;
      }
      case 'rebalance':
        this.#broker.coordinator.group.rebalance();
        return this.#broker.coordinator.members.length > 0;
      case 'retain':
        return this.#retain(dice.below(this.#broker.logs.length));
      default:
        return false;
    }
  }

  /** A broker is gone for a while; the other takes over what it led, a moment later. */
  #fail(node: number): boolean {
    if (this.#broker.down.size > 0) return false;
    this.#broker.down.add(node);
    this.#timeline.after(this.#dice.between(0, 500), () => {
      for (const [partition, leader] of this.#broker.leaders.entries())
        if (leader === node) this.#moveLeader(partition);
      if (this.#broker.coordinatorId === node) this.#moveCoordinator();
    });
    this.#timeline.after(this.#dice.between(500, 4000), () => this.#broker.down.delete(node));
    return true;
  }

  #moveLeader(partition: number): boolean {
    const { leaders, down } = this.#broker;
    const other = NODES + 1 - (leaders[partition] as number);
    if (down.has(other)) return false;
    leaders[partition] = other;
    return true;
  }

  #moveCoordinator(): boolean {
    const other = NODES + 1 - this.#broker.coordinatorId;
    if (this.#broker.down.has(other)) return false;
    this.#broker.coordinatorId = other;
    this.#broker.coordinator.move();
    return true;
  }

  /** The log drops records that are done, whether that is committed or not. */
  #retain(partition: number): boolean {
    const truth = this.oracle.partitions[partition];
    const log = this.#broker.logs[partition];
    if (!truth || !log) return false;
    const end = truth.firstOpen?.offset ?? log.end(this.#timeline.now());
    const start = Math.floor(
      this.#dice.between(log.start, Math.min(end, log.end(this.#timeline.now()))),
    );
    if (start <= log.start) return false;
    log.start = start;
    if (truth.committed >= 0 && truth.committed < start) this.oracle.seen.offsetsLost++;
    return true;
  }
}

/** Lets everything happen that needs no timer. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Progress after the last fault, at the latest. */
const HEALED_MS = 120_000;
const EVENTS_MAX = 60_000;
