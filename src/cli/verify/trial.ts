import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedBroker } from '../../broker/broker.ts';
import type { ClusterAccess } from '../../cluster-access.ts';
import type { PipelineConfig } from '../../contract/config.ts';
import { EXIT, MillraceError } from '../../contract/errors.ts';
import { Member } from '../member.ts';
import type { Screen } from '../screen.ts';
import type { FaultName } from './faults.ts';
import { committedOf, type Feed } from './feed.ts';
import { Interference } from './interference.ts';
import { FOLDER, Journal, NOT_ON, type ThreadFault } from './journal.ts';
import { patienceMs } from './patience.ts';
import { judge, type Verdict } from './verdict.ts';

/** What a trial is made of. */
export interface TrialSetting {
  readonly pipeline: PipelineConfig;
  readonly faults: readonly FaultName[];
  /** How many records are produced in all. */
  readonly records: number;
  readonly feed: Feed;
  readonly broker: EmbeddedBroker;
  readonly access: ClusterAccess;
  /** Arguments of `millrace run`. */
  readonly args: readonly string[];
  /** For the journal, the logs of the members, and the orders to the threads. */
  readonly folder: string;
  readonly screen: Screen;
}

/** What came of a trial. */
export interface TrialResult {
  readonly verdict: Verdict;
  readonly faults: ReadonlyMap<FaultName, number>;
  /** Members that did not end as they should have. */
  readonly exits: readonly string[];
}

/** One run of a pipeline under faults, one after another, each with records of its own so that it meets work that is going on. */
export class Trial {
  readonly #setting: TrialSetting;
  readonly #journal: Journal;
  readonly #interference: Interference;
  readonly #members: Member[] = [];
  /** Those that nobody has ended. */
  readonly #expected = new Set<Member>();
  readonly #killed = new Set<number>();
  readonly #exits: string[] = [];
  readonly #counts = new Map<FaultName, number>();
  readonly #steps: Readonly<Record<FaultName, () => Promise<void>>> = {
    revoke: () => this.#revoke(),
    kill: () => this.#kill(),
    'thread-exit': () => this.#orderFault('thread-exit', 'ends its thread'),
    hang: () => this.#orderFault('hang', 'never returns'),
    'commit-refused': () => this.#refuseCommits(),
    'broker-away': () => this.#takeBrokerAway(),
  };
  #main: Member | null = null;
  #isInterrupted = false;
  /** Whether there was no call for a moment. */
  #isQuiet = false;

  constructor(setting: TrialSetting) {
    this.#setting = setting;
    this.#interference = new Interference(setting.broker);
    this.#journal = new Journal(join(setting.folder, 'journal'));
    for (const fault of setting.faults) this.#counts.set(fault, 0);
  }

  /** Rejects with MR609 when a member ends by itself, MR610 when it is interrupted. */
  async toEnd(): Promise<TrialResult> {
    const { feed, records } = this.#setting;
    try {
      this.#main = await this.#start();
      await this.#produce();
      await this.#settled();
      for (const fault of this.#setting.faults) {
        await this.#steps[fault]();
        await this.#settled();
      }
      await feed.produce(records - feed.count);
      await this.#settled();
    } catch (cause) {
      if (!(cause instanceof Stalled)) throw cause;
      this.#say('no call has started or ended for a while: the run ends here');
    }
    for (const member of this.#expected) await this.#terminate(member);
    const { created } = this.#interference;
    if (created.length > 0) this.#say(`topics created for the handler: ${created.join(', ')}`);
    return { verdict: await this.#judge(), faults: this.#counts, exits: this.#exits };
  }

  /** Ends the trial before its time. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  async close(): Promise<void> {
    this.#expected.clear();
    await Promise.all(this.#members.map((member) => member.stop('SIGKILL')));
    this.#journal.close();
  }

  /** Another member joins, and leaves when it has worked. */
  async #revoke(): Promise<void> {
    const guest = await this.#start();
    await this.#produce();
    await this.#until(() => this.#startedBy(guest) > 0 || this.#isSettled);
    await this.#terminate(guest);
    if (this.#startedBy(guest) > 0) this.#happened('revoke');
  }

  async #kill(): Promise<void> {
    const victim = this.#main as Member;
    const before = this.#startedBy(victim);
    const { feed } = this.#setting;
    const half = Math.ceil(this.#portion / 2);
    await feed.produce(half);
    await this.#until(() => this.#startedBy(victim) > before || this.#isSettled);
    const rest = feed.produce(this.#portion - half);
    this.#expected.delete(victim);
    this.#killed.add(victim.pid);
    await victim.stop('SIGKILL');
    await rest;
    this.#say(`member ${victim.name} is killed with SIGKILL`);
    this.#journal.read();
    if (this.#startedBy(victim) > before) this.#happened('kill');
    this.#main = await this.#start();
  }

  /** The thread that gets a first attempt next finds the order and carries it out. */
  async #orderFault(fault: ThreadFault, what: string): Promise<void> {
    await writeFile(join(this.#setting.folder, fault), '');
    await this.#produce();
    await this.#until(() => this.#journal.count(fault) > 0 || this.#isSettled);
    if (this.#journal.count(fault) > 0) this.#say(`a call of the handler ${what}`);
    this.#happened(fault, this.#journal.count(fault));
  }

  async #refuseCommits(): Promise<void> {
    this.#interference.refuseCommits();
    await this.#produce();
    await this.#until(() => this.#interference.isOver);
    this.#say(`${this.#interference.refused} commits were refused`);
    this.#happened('commit-refused', this.#interference.refused);
  }

  /** The broker that coordinates the group goes down as if it were killed, and comes up again. */
  async #takeBrokerAway(): Promise<void> {
    const { broker, pipeline } = this.#setting;
    const node = broker.cluster.groups.coordinatorOf(pipeline.source.groupId)?.id ?? 1;
    await this.#produce();
    await broker.takeDown(node);
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    await broker.bringUp(node);
    this.#say(`broker ${node} of 3 was away for ${AWAY_MS} ms`);
    this.#happened('broker-away');
  }

  /** Resolves when the member has its first assignment. */
  async #start(): Promise<Member> {
    const { folder, args, pipeline } = this.#setting;
    const name = String.fromCharCode(65 + this.#members.length);
    const member = new Member(name, {
      parent: 'verify',
      args,
      logFile: join(folder, `${name}.log`),
      env: { [FOLDER]: folder, [NOT_ON]: JSON.stringify(pipeline.retry.notOn) },
    });
    this.#members.push(member);
    this.#expected.add(member);
    this.#say(`member ${name} starts (process ${member.pid})`);
    await this.#while(Promise.race([member.running, member.ended]));
    return member;
  }

  async #terminate(member: Member): Promise<void> {
    this.#expected.delete(member);
    const end = await member.stop('SIGTERM');
    this.#say(`member ${member.name} was told to stop: exit ${end}`);
    if (end !== 0) this.#exits.push(`member ${member.name} ended with ${end} after SIGTERM`);
  }

  #produce(): Promise<void> {
    return this.#setting.feed.produce(this.#portion);
  }

  /** Records for each fault; one more portion comes before them, and one behind. */
  get #portion(): number {
    return Math.floor(this.#setting.records / (this.#setting.faults.length + 2));
  }

  #happened(fault: FaultName, times = 1): void {
    this.#counts.set(fault, times);
  }

  #say(text: string): void {
    this.#setting.screen.event(text);
  }

  #startedBy(member: Member): number {
    return this.#journal.startedBy.get(member.pid) ?? 0;
  }

  /** Whether everything that was produced is done, or given up for good. */
  get #isSettled(): boolean {
    if (this.#journal.handled.size >= this.#setting.feed.count) return true;
    return this.#isQuiet && this.#judgeCalls(new Map()).lost.length === 0;
  }

  #settled(): Promise<void> {
    return this.#until(() => this.#isSettled);
  }

  /** Looks at the journal until the condition holds. Rejects with Stalled when nothing happens any more before that. */
  async #until(isDone: () => boolean): Promise<void> {
    let movedAt = performance.now();
    let before = -1;
    for (;;) {
      this.#check();
      this.#journal.read();
      this.#setting.screen.progress(this.#journal.handled.size, this.#setting.records);
      const { lines } = this.#journal;
      if (lines !== before) movedAt = performance.now();
      before = lines;
      const stillMs = performance.now() - movedAt;
      this.#isQuiet = stillMs > QUIET_MS;
      if (isDone()) return;
      if (stillMs > patienceMs(this.#setting.pipeline)) throw new Stalled();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Waits for something, unless a member ends or the user wants an end. */
  async #while(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    await this.#until(() => isOver);
    this.#check();
  }

  #check(): void {
    if (this.#isInterrupted) throw new MillraceError('MR610', 'The run was interrupted.');
    for (const member of this.#expected) {
      if (member.isRunning) continue;
      const { end } = member;
      const text = `Member ${member.name} ended with ${end}, though nobody had told it to. Its log: ${join(this.#setting.folder, `${member.name}.log`)}`;
      const exit = end === EXIT.config ? EXIT.config : EXIT.failure;
      throw new MillraceError('MR609', text, { exit });
    }
  }

  async #judge(): Promise<Verdict> {
    this.#journal.read();
    const { access, feed, pipeline } = this.#setting;
    return this.#judgeCalls(await committedOf(access, pipeline.source.groupId, feed));
  }

  #judgeCalls(committed: ReadonlyMap<string, number>): Verdict {
    const { feed, pipeline } = this.#setting;
    const { ordering, maxUncommitted, onFailure, retry } = pipeline;
    return judge(this.#journal.calls, {
      partitions: feed.partitions(committed),
      lastSign: this.#journal.lastSign,
      killed: this.#killed,
      faults: this.#counts,
      keys: feed.keys,
      ordering,
      maxUncommitted,
      maxAttempts: retry.maxAttempts,
      onFailure,
    });
  }
}

/** How long a broker is away. */
const AWAY_MS = 1000;
/** How often the journal is read. */
const LOOK_MS = 50;
/** After so long without a call it is looked at whether what is missing was given up. */
const QUIET_MS = 1000;
/** Nothing happens any more. */
class Stalled extends Error {}
