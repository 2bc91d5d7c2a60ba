import { rm } from 'node:fs/promises';
import { EmbeddedBroker } from '../../broker/broker.ts';
import { ClusterAccess } from '../../cluster-access.ts';
import type { ConfigIssue } from '../../config/issue.ts';
import type { ReadResult } from '../../config/read.ts';
import type { PipelineConfig } from '../../contract/config.ts';
import { EXIT } from '../../contract/errors.ts';
import { Engine } from '../../engine.ts';
import { parse, UsageError } from '../arguments.ts';
import {
  argumentsOf,
  type ConfigValues,
  configOptions,
  issuesOf,
  printIssues,
  readFrom,
} from '../config-options.ts';
import { topicIssues } from '../dev/topic-issues.ts';
import { topicsOf } from '../dev/topics-of.ts';
import { scratchFolder } from '../scratch.ts';
import { number, Screen } from '../screen.ts';
import { type FaultName, faultsOf } from './faults.ts';
import { Feed, plainSamples, seedSamples } from './feed.ts';
import { type Override, overridesOf } from './overrides.ts';
import { showVerdict } from './show-verdict.ts';
import { Trial, type TrialResult } from './trial.ts';

const { config, set, 'env-file': envFile } = configOptions;
const options = {
  config,
  set,
  'env-file': envFile,
  pipeline: { type: 'string' },
  records: { type: 'string' },
  faults: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/**
 * `millrace verify`: the user's own pipeline on a broker of its own, under faults. Exit 0 when every promise held and every fault happened, 1
 * when not.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parse('verify', argv, options);
  const records = recordsOf(values.records);
  const faults = faultsOf(values.faults);
  const named: ConfigValues = {
    config: values.config,
    set: values.set,
    'env-file': values['env-file'],
    only: values.pipeline === undefined ? undefined : [values.pipeline],
  };
  const subject = await subjectOf(named, values.faults === undefined, faults);
  if (!subject) return EXIT.config;
  const { pipeline, places } = subject;
  const samples =
    values.seed === undefined
      ? plainSamples(pipeline, records)
      : seedSamples(values.seed, pipeline, places);
  const screen = new Screen(values.json === true);
  const folder = await scratchFolder('verify', 'millrace verify');
  const end = await withBroker(subject, named, async (stage) => {
    const { broker, access, args } = stage;
    introduce(screen, subject, records);
    const feed = new Feed(samples, places, access);
    const trial = new Trial({
      pipeline: stage.pipeline,
      faults: subject.faults,
      records,
      feed,
      broker,
      access,
      args,
      folder,
      screen,
    });
    return toEnd(trial, screen);
  }).catch((cause: unknown) => {
    process.stderr.write(`millrace: The journal and the logs of the members are in ${folder}.\n`);
    throw cause;
  });
  if (!end) return EXIT.config;
  const { result, seconds } = end;
  const hasHeld = result.verdict.hasHeld && result.exits.length === 0;
  screen.say(showVerdict(result, hasHeld));
  if (values.json) process.stdout.write(`${asJson(result, hasHeld, subject, seconds)}\n`);
  if (hasHeld) await rm(folder, { recursive: true });
  else process.stderr.write(`The journal and the logs of the members are in ${folder}.\n`);
  return hasHeld ? EXIT.ok : EXIT.failure;
}

/** What is put to the test. */
interface Subject {
  readonly pipeline: PipelineConfig;
  readonly faults: readonly FaultName[];
  readonly overrides: readonly Override[];
  /** The partitions that are read, by topic. */
  readonly places: ReadonlyMap<string, readonly number[]>;
}

/** Reads the configuration and loads the handler. Prints what is wrong and resolves with null when something is. */
async function subjectOf(
  values: ConfigValues,
  isDefault: boolean,
  wanted: readonly FaultName[],
): Promise<Subject | null> {
  const read = readFrom(withSets(values, [], 'localhost:9092'));
  printIssues(read.issues);
  if (!read.config) return null;
  const [pipeline, second] = read.config.pipelines;
  if (second || !pipeline) {
    const ids = read.config.pipelines.map(({ id }) => id).join(', ');
    throw new UsageError(
      `millrace verify takes one pipeline: --pipeline with one of ${ids}.`,
      'verify',
    );
  }
  const isManual = pipeline.source.partitions !== null;
  const faults = isManual && isDefault ? wanted.filter((fault) => fault !== 'revoke') : wanted;
  const issues = [
    ...unfit(pipeline, faults, read),
    ...(await handlerIssues(new Engine(read.config, () => {}), read)),
  ];
  printIssues(issues);
  if (issues.length > 0) return null;
  const plans = topicsOf(read.config).filter(({ name }) => pipeline.source.topics.includes(name));
  const places = new Map(
    plans.map(({ name, partitions }) => [
      name,
      pipeline.source.partitions?.[name] ?? Array.from({ length: partitions }, (_, i) => i),
    ]),
  );
  return { pipeline, faults, overrides: overridesOf(pipeline, faults), places };
}

/** What keeps a valid pipeline from being verified. */
function unfit(
  { id, source }: PipelineConfig,
  faults: readonly FaultName[],
  read: ReadResult,
): ConfigIssue[] {
  const place = ['pipelines', id, 'source'];
  if (source.pattern) {
    const text = `millrace verify creates the topics, and a pattern doesn't name them. Add --set pipelines.${id}.source.topics=name`;
    return [read.issueAt([...place, 'topics'], 'MR608', text)];
  }
  if (!source.partitions || !faults.includes('revoke')) return [];
  const text =
    'Partitions that are assigned by hand are never revoked. Leave revoke out of --faults';
  return [read.issueAt([...place, 'partitions'], 'MR608', text)];
}

async function handlerIssues(engine: Engine, read: ReadResult): Promise<ConfigIssue[]> {
  try {
    await engine.checkHandlers();
    return [];
  } catch (cause) {
    const issues = issuesOf(cause, read);
    if (issues) return issues;
    throw cause;
  }
}

interface Stage {
  /** As it is with the overrides. */
  readonly pipeline: PipelineConfig;
  readonly broker: EmbeddedBroker;
  readonly access: ClusterAccess;
  readonly args: readonly string[];
}

/** Does something while brokers run that have the topics. Resolves with null when there can't be such topics, or such a configuration. */
async function withBroker<T>(
  { pipeline, overrides }: Subject,
  values: ConfigValues,
  work: (stage: Stage) => Promise<T>,
): Promise<T | null> {
  const broker = await EmbeddedBroker.start({ brokers: 3, configs: QUICK_GROUPS });
  let access: ClusterAccess | null = null;
  try {
    const all = { ...withSets(values, overrides, broker.bootstrap), only: [pipeline.id] };
    const read = readFrom(all);
    if (!read.config) {
      printIssues(read.issues);
      return null;
    }
    access = await ClusterAccess.connect(read.config.kafka);
    try {
      await access.createTopics(topicsOf(read.config));
    } catch (cause) {
      const issues = topicIssues(cause, read);
      if (!issues) throw cause;
      printIssues(issues);
      return null;
    }
    return await work({
      pipeline: read.config.pipelines[0] as PipelineConfig,
      broker,
      access,
      args: argumentsOf(all),
    });
  } finally {
    await access?.close();
    await broker.close();
  }
}

/** The options, with ours among them: the user's own --set wins over those that only make the run short. */
const withSets = (
  values: ConfigValues,
  overrides: readonly Override[],
  brokers: string,
): ConfigValues => ({
  ...values,
  set: [
    ...overrides.map(({ key, value }) => `${key}=${value}`),
    ...(values.set ?? []),
    // In quotes: several addresses have commas between them.
    `kafka.brokers=${JSON.stringify(brokers)}`,
    'kafka.tls=false',
    'kafka.sasl=null',
    'http=false',
    'logging.format=json',
  ],
});

/** Runs a trial, which ends early on a signal. */
async function toEnd(
  trial: Trial,
  screen: Screen,
): Promise<{ readonly result: TrialResult; readonly seconds: number }> {
  const interrupt = (): void => trial.interrupt();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return { result: await trial.toEnd(), seconds: screen.seconds };
  } finally {
    screen.end();
    await trial.close();
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

function introduce(
  screen: Screen,
  { pipeline, faults, overrides }: Subject,
  records: number,
): void {
  const topics = pipeline.source.topics.join(', ');
  screen.say(
    `\n  ${pipeline.id}: ${number(records)} records in ${topics} on 3 brokers in memory; faults: ${faults.join(', ')}.`,
  );
  if (overrides.length > 0) {
    const list = overrides.map(({ key, value }) => `${key}=${value}`).join(' ');
    screen.say(`  Other than in the configuration, unless --set says: ${list}`);
  }
  screen.say('');
}

function asJson(
  { verdict, faults, exits }: TrialResult,
  hasHeld: boolean,
  { pipeline, overrides }: Subject,
  seconds: number,
): string {
  const { hasHeld: _, ...counts } = verdict;
  return JSON.stringify({
    ok: hasHeld,
    pipeline: pipeline.id,
    ...counts,
    faults: Object.fromEntries(faults),
    exits,
    overrides: Object.fromEntries(overrides.map(({ key, value }) => [key, value])),
    seconds: Math.round(seconds * 10) / 10,
  });
}

function recordsOf(text = '5000'): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= LEAST && count <= MOST) return count;
  throw new UsageError(
    `--records takes a number from ${LEAST} to ${MOST}, not "${text}".`,
    'verify',
  );
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const QUICK_GROUPS = { 'group.initial.rebalance.delay.ms': '0' };
/** A portion for each fault, each large enough to keep threads busy. */
const LEAST = 100;
/** The brokers keep all of them in memory. */
const MOST = 1_000_000;
