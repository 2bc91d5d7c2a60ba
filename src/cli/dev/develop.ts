import { resolve } from 'node:path';
import { EmbeddedBroker } from '../../broker/broker.ts';
import { ClusterAccess } from '../../cluster-access.ts';
import type { ReadResult } from '../../config/read.ts';
import type { MillraceConfig } from '../../contract/config.ts';
import { EXIT, MillraceError, reportError } from '../../contract/errors.ts';
import { handlerInputs } from '../../handler-inputs.ts';
import { parse, UsageError } from '../arguments.ts';
import {
  argumentsOf,
  type ConfigValues,
  configOptions,
  printIssues,
  readFrom,
} from '../config-options.ts';
import type { StopOrder } from '../stop-order.ts';
import { RunProcess } from './run-process.ts';
import { seed } from './seed.ts';
import { topicIssues } from './topic-issues.ts';
import { topicsOf } from './topics-of.ts';
import { Watch } from './watch.ts';

const options = {
  ...configOptions,
  brokers: { type: 'string', short: 'b' },
  seed: { type: 'string' },
  port: { type: 'string' },
} as const;

/** `millrace dev`, after the order to stop is listened to. */
export async function develop(argv: readonly string[], order: StopOrder): Promise<number> {
  const { values } = parse('dev', argv, options);
  const port = portOf(values.port);
  const broker =
    values.brokers === undefined ? await EmbeddedBroker.start({ configs: QUICK_GROUPS }) : null;
  const brokers = values.brokers ?? (broker as EmbeddedBroker).bootstrap;
  try {
    if (broker)
      say(
        `a broker listens on ${brokers}; it keeps everything in memory and ends with this command`,
      );
    // The broker of this command knows neither TLS nor users, whatever the production has.
    const own = broker ? ['kafka.tls=false', 'kafka.sasl=null'] : [];
    const sets = [
      ...(values.set ?? []),
      // In quotes: an IPv6 address begins as a list of YAML does.
      `kafka.brokers=${JSON.stringify(brokers)}`,
      ...own,
      `http.port=${port}`,
      'logging.format=pretty',
    ];
    return await new Dev({ ...values, set: sets }, values.seed ?? null, order).toEnd();
  } finally {
    await broker?.close();
  }
}

class Dev {
  readonly #values: ConfigValues;
  readonly #order: StopOrder;
  #seed: string | null;
  readonly #configWatch = new Watch(() => this.#inTurn(() => this.#reconfigure()));
  readonly #handlerWatch = new Watch(() => this.#inTurn(() => this.#handlersChanged()));
  /** What runs, or is to run; null before the first that can. */
  #config: MillraceConfig | null = null;
  #process: RunProcess | null = null;
  /** Changes are dealt with one after another. */
  #turn: Promise<void> = Promise.resolve();

  constructor(values: ConfigValues, seedFile: string | null, order: StopOrder) {
    this.#values = values;
    this.#seed = seedFile;
    this.#order = order;
  }

  /** Resolves with the exit code after the order to stop. */
  async toEnd(): Promise<number> {
    const read = this.#read();
    if (!read.config) return EXIT.config;
    try {
      const prepared = this.#prepare(read.config);
      // An order to stop may come before the topics are there; what becomes of them then no longer matters.
      prepared.catch(() => {});
      await Promise.race([prepared, this.#order.given]);
      this.#start();
      await this.#order.given;
      return await this.#stop();
    } catch (cause) {
      const issues = topicIssues(cause, read);
      if (!issues) throw cause;
      printIssues(issues);
      return (cause as MillraceError).exit;
    } finally {
      this.#configWatch.close();
      this.#handlerWatch.close();
    }
  }

  #read(): ReadResult {
    const read = readFrom(this.#values);
    printIssues(read.issues);
    this.#configWatch.add(read.files.map((file) => resolve(file)));
    return read;
  }

  /** Makes the topics, and the seed the first time. */
  async #prepare(config: MillraceConfig): Promise<void> {
    const access = await ClusterAccess.connect(config.kafka);
    try {
      const created = await access.createTopics(topicsOf(config));
      if (created.length > 0) say(`topics created: ${created.join(', ')}`);
      if (this.#seed !== null) {
        const count = await seed(this.#seed, onlyTopic(config), access);
        say(`${count} records of ${this.#seed} produced`);
        this.#seed = null;
      }
    } finally {
      await access.close();
    }
    this.#config = config;
    await this.#watchHandlers();
  }

  /** Before the handlers are loaded, so that no change is missed, whether they load or not. */
  async #watchHandlers(): Promise<void> {
    if (this.#config) this.#handlerWatch.add(await handlerInputs(this.#config));
  }

  /** Starts the pipelines, unless they are not wanted any more. */
  #start(): void {
    if (this.#order.isGiven) return;
    const started = new RunProcess(argumentsOf(this.#values));
    this.#process = started;
    void started.ended.then((code) => {
      if (this.#order.isGiven || started.isStopping) return;
      if (started.hasMissed) this.#start();
      else say(`the pipelines ended with ${code}; ${TRY_AGAIN}`);
    });
  }

  #inTurn(step: () => Promise<void>): void {
    this.#turn = this.#turn
      .then(() => (this.#order.isGiven ? undefined : step()))
      .catch((cause: unknown) => say(`${textOf(cause)}; ${TRY_AGAIN}`));
  }

  async #handlersChanged(): Promise<void> {
    await this.#watchHandlers();
    if (this.#process?.isRunning) this.#process.reload();
    else this.#start();
  }

  /** What can't be read or prepared changes nothing: the pipelines of before go on. */
  async #reconfigure(): Promise<void> {
    const read = this.#read();
    if (!read.config) {
      say(GOES_ON);
      return;
    }
    try {
      await this.#prepare(read.config);
    } catch (cause) {
      const issues = topicIssues(cause, read);
      if (issues) printIssues(issues);
      else say(textOf(cause));
      say(GOES_ON);
      return;
    }
    say('the configuration has changed: the pipelines drain and start again');
    this.#process?.stop();
    await this.#process?.ended;
    this.#start();
  }

  /** The first order drains; one more ends the drain, as in `millrace run`. Resolves with the exit code. */
  #stop(): number | Promise<number> {
    const running = this.#process;
    if (!running?.isRunning) return EXIT.ok;
    running.stop();
    void this.#order.again.then(() => running.hurry());
    return running.ended;
  }
}

const GOES_ON = 'the configuration of before goes on; change a file to try again';
const TRY_AGAIN = 'change a file to start them again';

const textOf = (cause: unknown): string =>
  cause instanceof MillraceError
    ? `${cause.message} [${cause.code}]`
    : `a bug, please report it [MR900]: ${reportError(cause).stack}`;

/** A group of one has nobody to wait for. */
const QUICK_GROUPS = { 'group.initial.rebalance.delay.ms': '0' };

const say = (text: string): void => {
  process.stdout.write(`millrace dev: ${text}\n`);
};

/** The topic of the lines of a seed that name none: the source topic, if there is only one. */
function onlyTopic({ pipelines }: MillraceConfig): string | null {
  const topics = new Set(pipelines.flatMap(({ source }) => source.topics));
  const [topic] = topics;
  return topics.size === 1 && topic !== undefined ? topic : null;
}

/** 8080, or a free port when that one is taken, unless the option says which. */
function portOf(text: string | undefined): number | 'auto' {
  if (text === undefined) return 'auto';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`, 'dev');
}
