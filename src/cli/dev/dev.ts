import { resolve } from 'node:path';
import { EmbeddedBroker } from '../../broker/broker.ts';
import { ClusterAccess } from '../../cluster-access.ts';
import type { ReadResult } from '../../config/read.ts';
import type { MillraceConfig } from '../../contract/config.ts';
import { EXIT, MillraceError } from '../../contract/errors.ts';
import { handlerInputs } from '../../handler-inputs.ts';
import { parse, UsageError } from '../arguments.ts';
import { type ConfigValues, configOptions, printIssues, readFrom } from '../config-options.ts';
import { RunProcess } from './run-process.ts';
import { seed } from './seed.ts';
import { topicsOf } from './topics-of.ts';
import { Watch } from './watch.ts';

const options = {
  ...configOptions,
  brokers: { type: 'string', short: 'b' },
  seed: { type: 'string' },
  port: { type: 'string' },
} as const;

/** `millrace dev`: the pipelines on a broker of their own, handlers and configuration reloaded when they change. */
export async function run(argv: readonly string[]): Promise<number> {
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
      `kafka.brokers=${brokers}`,
      ...own,
      `http.port=${port}`,
      'logging.format=pretty',
    ];
    return await new Dev({ ...values, set: sets }, values.seed ?? null).toEnd();
  } finally {
    await broker?.close();
  }
}

class Dev {
  readonly #values: ConfigValues;
  #seed: string | null;
  readonly #configWatch = new Watch(() => this.#inTurn(() => this.#reconfigure()));
  readonly #handlerWatch = new Watch(() => this.#inTurn(() => this.#handlersChanged()));
  #config: MillraceConfig | null = null;
  #process: RunProcess | null = null;
  /** Changes are dealt with one after another. */
  #turn: Promise<void> = Promise.resolve();
  #isStopping = false;
  #end: (code: number) => void = () => {};

  constructor(values: ConfigValues, seedFile: string | null) {
    this.#values = values;
    this.#seed = seedFile;
  }

  /** Resolves with the exit code after SIGINT or SIGTERM. */
  async toEnd(): Promise<number> {
    const read = this.#read();
    if (!read.config) return EXIT.config;
    const ended = new Promise<number>((end) => {
      this.#end = end;
    });
    const stop = (): void => this.#stop();
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      await this.#begin(read.config);
      return await ended;
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
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

  /** Before the handlers are loaded, so that no change is missed, whether they load or not. */
  async #watchHandlers(): Promise<void> {
    if (this.#config) this.#handlerWatch.add(await handlerInputs(this.#config));
  }

  /** Makes the topics and starts the pipelines. */
  async #begin(config: MillraceConfig): Promise<void> {
    this.#config = config;
    await this.#watchHandlers();
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
    this.#start();
  }

  #start(): void {
    const started = new RunProcess(argumentsOf(this.#values));
    this.#process = started;
    void started.ended.then((code) => {
      if (this.#isStopping) this.#end(code);
      else if (started.isStopping) return;
      else if (started.hasMissed) this.#start();
      else say(`the pipelines ended with ${code}; change a file to start them again`);
    });
  }

  #inTurn(step: () => void | Promise<void>): void {
    this.#turn = this.#turn.then(step);
  }

  async #handlersChanged(): Promise<void> {
    await this.#watchHandlers();
    if (this.#isStopping) return;
    if (this.#process?.isRunning) this.#process.reload();
    else this.#start();
  }

  async #reconfigure(): Promise<void> {
    if (this.#isStopping) return;
    const { config } = this.#read();
    if (!config) {
      say('the configuration of before goes on');
      return;
    }
    say('the configuration has changed: the pipelines drain and start again');
    this.#process?.stop();
    await this.#process?.ended;
    if (this.#isStopping) return;
    await this.#begin(config).catch((cause: unknown) => {
      if (!(cause instanceof MillraceError)) throw cause;
      say(`${cause.message} [${cause.code}]; change a file to try again`);
    });
  }

  /** The first signal drains; one more ends the drain, as in `millrace run`. */
  #stop(): void {
    const isFirst = !this.#isStopping;
    this.#isStopping = true;
    if (!this.#process?.isRunning) this.#end(EXIT.ok);
    else if (isFirst) this.#process.stop();
    else this.#process.hurry();
  }
}

/** A group of one has nobody to wait for. */
const QUICK_GROUPS = { 'group.initial.rebalance.delay.ms': '0' };

const say = (text: string): void => {
  process.stdout.write(`millrace dev: ${text}\n`);
};

function argumentsOf(values: ConfigValues): string[] {
  const named = (name: string, list: readonly string[] = []): string[] =>
    list.flatMap((value) => [`--${name}`, value]);
  return [
    ...named('config', values.config),
    ...named('only', values.only),
    ...named('set', values.set),
    ...named('env-file', values['env-file'] === undefined ? [] : [values['env-file']]),
  ];
}

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
