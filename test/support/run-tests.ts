import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { KafkaServer } from './kafka-server.ts';

/**
 * Runs the tests of a suite with node's runner: `unit` needs only Node; `embedded` is what drives the command line, on the broker of
 * this package, and `slow` what takes longest of that; `kafka` is the same, with its long loops, the comparison of that broker with a Kafka, and its fuzzing. The Kafka is the one of
 * KAFKA_BROKERS, or one that is started here where Java and Maven are there; else the suite says that it is skipped.
 */
const suite = process.argv[2];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A test that hangs is a failure with a name, not a run that never ends. */
const TIMEOUT = '--test-timeout=300000';

const isIntegration = (name: string): boolean => name.startsWith('integration/');
const isConformance = (name: string): boolean => name.startsWith('broker/conformance/');
const isSlow = (name: string): boolean => isIntegration(name) && SLOW.test(name);
const FILES: Readonly<Record<string, (name: string) => boolean>> = {
  unit: (name) => !isIntegration(name) && !isConformance(name),
  embedded: (name) => isIntegration(name) && !isSlow(name),
  slow: isSlow,
  kafka: (name) => isIntegration(name) || isConformance(name) || name === 'broker/fuzz.test.js',
};

// Listed by hand: Node 20 expands no patterns, and takes every file below a folder named test for one.
function filesOf(name: string): string[] {
  const isOfSuite = FILES[name];
  if (!isOfSuite) throw new Error(`There is no suite ${name}; there are ${Object.keys(FILES)}.`);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && isOfSuite(file))
    .sort()
    .map((file) => join(root, file));
}

/** What looks at speed or delays: it has the machine for itself. */
const QUIET = /(integration\/(formats|isolation|neighbour|stop)|pool\/worker-pool-deaths)\.test/;
/** What waits for sessions, deadlines and deaths of processes most of the time. */
const SLOW =
  /\/(broker-away|chain|commit-map|dev-stop|frozen|neighbour|static-members|topic-recreated|verify)\.test/;

interface Runner {
  readonly files: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files at the same time; default: what node thinks fit. */
  readonly concurrency?: number;
}

async function run({ files, env = {}, concurrency }: Runner): Promise<number> {
  const beside = concurrency === undefined ? [] : [`--test-concurrency=${concurrency}`];
  const args = ['--test', '--test-reporter=spec', TIMEOUT, ...beside, ...files];
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, 'exit');
  return (code as number | null) ?? 1;
}

/** Two files at a time, then those that need the machine for themselves. */
async function runQuietly(name: string, env: Readonly<Record<string, string>>): Promise<number> {
  const files = filesOf(name);
  const others = files.filter((file) => !QUIET.test(file));
  const first = await run({ files: others, env, concurrency: 2 });
  const quiet = files.filter((file) => QUIET.test(file));
  return (await run({ files: quiet, env, concurrency: 1 })) || first;
}

async function onEmbedded(name: string): Promise<number> {
  const configs = {
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
  };
  await using broker = await EmbeddedBroker.start({ configs });
  // Awaited here: the broker ends with this function.
  return await runQuietly(name, { KAFKA_BROKERS: broker.bootstrap });
}

async function onKafka(): Promise<number> {
  // One file after another: a member that joins late is no failure of the test beside it.
  const runner = { files: filesOf('kafka'), concurrency: 1 };
  const long = { MILLRACE_TEST_LONG: '1' };
  if (process.env['KAFKA_BROKERS']) return run({ ...runner, env: long });
  if (!(await KafkaServer.isPossible())) {
    process.stdout.write(
      'skipped: the tests on a real Kafka need Java 17 and Maven, or KAFKA_BROKERS\n',
    );
    return 0;
  }
  const server = await KafkaServer.start();
  try {
    return await run({ ...runner, env: { ...long, KAFKA_BROKERS: server.brokers } });
  } finally {
    await server.stop();
  }
}

const RUNS: Readonly<Record<string, () => Promise<number>>> = {
  unit: () => runQuietly('unit', {}),
  embedded: () => onEmbedded('embedded'),
  slow: () => onEmbedded('slow'),
  kafka: onKafka,
};
process.exitCode = await (
  RUNS[suite ?? ''] ?? (() => Promise.reject(new Error(`no suite ${suite}`)))
)();
