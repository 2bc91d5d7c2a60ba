import { EmbeddedBroker } from '../broker/broker.ts';
import { EXIT } from '../contract/errors.ts';
import { parse, UsageError } from './arguments.ts';
import { topicList } from './topic-list.ts';

const options = {
  port: { type: 'string' },
  brokers: { type: 'string' },
  topics: { type: 'string' },
} as const;

/** `millrace broker`: the embedded broker by itself, until SIGINT or SIGTERM. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parse('broker', argv, options);
  const brokers = wholeNumber('--brokers', values.brokers ?? '1', 1, 64);
  const port = wholeNumber('--port', values.port ?? '9092', 0, PORT_MAX);
  if (port + brokers - 1 > PORT_MAX) {
    const text = `--port ${port} with --brokers ${brokers} needs the ports up to ${port + brokers - 1}, and the last that there is is ${PORT_MAX}. Begin at ${PORT_MAX - brokers + 1} or below.`;
    throw new UsageError(text, 'broker');
  }
  const plans = values.topics === undefined ? [] : topicList('broker', values.topics);
  const topics = Object.fromEntries(plans.map(({ name, partitions }) => [name, partitions]));
  const asked = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
  const broker = await EmbeddedBroker.start({ brokers, port, topics });
  process.stdout.write(
    `Kafka brokers: ${broker.bootstrap}\n` +
      'They keep everything in memory, listen on this machine only, and are for development and tests.\n',
  );
  await asked;
  await broker.close();
  return EXIT.ok;
}

const PORT_MAX = 65_535;

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(
    `${option} takes a number from ${least} to ${most}, not "${text}".`,
    'broker',
  );
}
