import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedBroker } from '../../broker/broker.ts';
import { ClusterAccess } from '../../cluster-access.ts';
import { EXIT, MillraceError } from '../../contract/errors.ts';
import { parse } from '../arguments.ts';
import { Member } from '../member.ts';
import { scratchFolder } from '../scratch.ts';
import { number, Screen } from '../screen.ts';
import { flights } from './flights.ts';
import { Journal } from './journal.ts';
import { showVerdict } from './show-verdict.ts';
import { judge } from './verdict.ts';

/** `millrace demo`: members of one group come, leave and are killed while they work; then what was promised is checked. */
export async function run(argv: readonly string[]): Promise<number> {
  parse('demo', argv, {});
  const folder = await scratchFolder('demo', 'The demo');
  const demo = new Demo(folder);
  const interrupt = (): void => demo.interrupt();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  let hasHeld = false;
  try {
    hasHeld = await demo.toEnd();
  } finally {
    await demo.close();
    for (const signal of SIGNALS) process.off(signal, interrupt);
    if (hasHeld) await rm(folder, { recursive: true });
    else process.stdout.write(`\n  The journal and the logs of the members are in ${folder}.\n`);
  }
  return hasHeld ? EXIT.ok : EXIT.failure;
}

class Demo {
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #screen = new Screen();
  readonly #members: Member[] = [];
  readonly #killed = new Set<number>();
  readonly #exits: string[] = [];
  #broker: EmbeddedBroker | null = null;
  #access: ClusterAccess | null = null;
  #total = 0;
  #isInterrupted = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#journal = new Journal(this.#journalFile);
  }

  get #journalFile(): string {
    return join(this.#folder, 'journal');
  }

  /** The steps wait for what has been handled, so that each of them meets work that is going on. Returns whether all promises held. */
  async toEnd(): Promise<boolean> {
    await this.#prepare();
    const a = this.#start('A');
    await this.#until(() => this.#share > 0.05);
    const b = this.#start('B');
    await this.#until(() => this.#endedBy(b) >= 500);
    await this.#terminate(b);
    const c = this.#start('C');
    await this.#until(() => this.#endedBy(c) >= 1_000);
    await this.#kill(c);
    const d = this.#start('D');
    await this.#until(() => this.#endedBy(d) >= 500);
    await this.#terminate(a);
    await this.#until(() => this.#share === 1);
    await this.#terminate(d);
    return this.#judge();
  }

  /** Ends the demo before its time. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  async close(): Promise<void> {
    this.#screen.end();
    await Promise.all(this.#members.map((member) => member.stop('SIGKILL')));
    await this.#access?.close();
    await this.#broker?.close();
    this.#journal.close();
  }

  async #prepare(): Promise<void> {
    const records = await flights();
    this.#total = records.length;
    this.#screen.say(
      `\n  ${number(this.#total)} flights, keyed by their origin, in ${PARTITIONS} partitions; each call works for 10 ms.\n`,
    );
    const broker = await EmbeddedBroker.start({ brokers: 3, configs: QUICK_GROUPS });
    this.#broker = broker;
    this.#screen.event(`3 brokers in this process, in memory: ${broker.bootstrap}`);
    const access = await ClusterAccess.connect({
      brokers: broker.bootstrap.split(','),
      clientId: 'millrace-demo',
      tls: null,
      sasl: null,
      connectTimeoutMs: 10_000,
    });
    this.#access = access;
    await access.createTopics([{ name: TOPIC, partitions: PARTITIONS }]);
    const written = records.map((record) =>
      access.produce(TOPIC, -1, { ...record, headers: [], timestampMs: null }),
    );
    await Promise.all(written);
    this.#screen.event(`${number(this.#total)} records produced`);
    await writeFile(join(this.#folder, 'demo.yaml'), configuration(broker.bootstrap));
    await writeFile(join(this.#folder, 'handler.mjs'), `export { default } from ${HANDLER};\n`);
  }

  #start(name: string): Member {
    const member = new Member(name, {
      parent: 'demo',
      args: ['-c', join(this.#folder, 'demo.yaml')],
      logFile: join(this.#folder, `${name}.log`),
      env: { MILLRACE_DEMO_JOURNAL: this.#journalFile },
    });
    this.#members.push(member);
    this.#screen.event(`member ${name} starts (process ${member.pid})`);
    return member;
  }

  async #terminate(member: Member): Promise<void> {
    this.#screen.event(`member ${member.name} gets SIGTERM`);
    const code = await member.stop('SIGTERM');
    this.#screen.event(`member ${member.name} has drained, committed and left: exit ${code}`);
    if (code !== 0) this.#exits.push(`member ${member.name} ended with ${code} after SIGTERM`);
  }

  async #kill(member: Member): Promise<void> {
    this.#killed.add(member.pid);
    await member.stop('SIGKILL');
    this.#screen.event(`member ${member.name} is killed with SIGKILL in the middle of its work`);
  }

  /** Looks at the journal until the condition holds. Rejects when a member ended that should not have, or nothing moves any more. */
  async #until(isDone: () => boolean): Promise<void> {
    let movedAt = performance.now();
    let before = -1;
    for (;;) {
      this.#journal.read();
      const handled = this.#journal.handled.size;
      this.#screen.progress(handled, this.#total);
      if (this.#isInterrupted) throw new MillraceError('MR601', 'The demo was interrupted.');
      if (isDone()) return;
      if (handled !== before) movedAt = performance.now();
      before = handled;
      if (performance.now() - movedAt > STILL_MS) throw stalled();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  get #share(): number {
    return this.#journal.handled.size / this.#total;
  }

  #endedBy(member: Member): number {
    return this.#journal.ended.get(member.pid) ?? 0;
  }

  async #judge(): Promise<boolean> {
    const access = this.#access as ClusterAccess;
    const seconds = this.#screen.seconds;
    const verdict = judge(this.#journal.calls, {
      ends: await access.endOffsets(TOPIC),
      committed: await access.committedOffsets(TOPIC, TOPIC),
      killed: this.#killed,
      maxUncommitted: MAX_UNCOMMITTED,
    });
    this.#screen.end();
    this.#screen.say(showVerdict(verdict, seconds, MAX_UNCOMMITTED));
    for (const exit of this.#exits) this.#screen.say(`  But ${exit}.`);
    return verdict.hasHeld && this.#exits.length === 0;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const stalled = (): MillraceError =>
  new MillraceError(
    'MR602',
    `No record was handled for ${STILL_MS / 1000} s. The logs of the members say more.`,
  );

const configuration = (brokers: string): string => `version: 1
kafka:
  brokers: ${brokers}
http: false
workers: { threads: 2, concurrencyPerThread: 8 }
pipelines:
  ${TOPIC}:
    source:
      topics: [${TOPIC}]
      groupId: ${TOPIC}
      sessionTimeout: 3s
      heartbeatInterval: 500ms
    handler: ./handler.mjs
    maxUncommitted: ${MAX_UNCOMMITTED}
`;

const HANDLER = JSON.stringify(new URL('./handler.js', import.meta.url).href);
const TOPIC = 'flights';
const PARTITIONS = 8;
const MAX_UNCOMMITTED = 500;
/** A killed member is noticed after 3 s; brokers that keep to Kafka's defaults want 6 s at least. */
const QUICK_GROUPS = {
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
};
/** How often the journal is read. */
const LOOK_MS = 50;
/** Without progress for so long something is wrong. */
const STILL_MS = 20_000;
