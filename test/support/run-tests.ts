import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KafkaServer } from './kafka-server.ts';

/**
 * Runs the tests of a suite with node's runner: `unit` is all that needs only Node, `integration` what needs a Kafka. That is the one
 * of KAFKA_BROKERS, or one that is started here where Java and Maven are there; else the suite says that it is skipped.
 */
const suite = process.argv[2];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isIntegration = (name: string): boolean => name.startsWith('integration/');
// Listed by hand: Node 20 expands no patterns, and takes every file below a folder named test for one.
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && isIntegration(name) === (suite === 'integration'))
  .sort()
  .map((name) => join(root, name));

async function run(env: Record<string, string>): Promise<number> {
  // One file after another where they share a broker: a member that joins late is no failure of the test beside it.
  const concurrency = suite === 'integration' ? ['--test-concurrency=1'] : [];
  const args = ['--test', '--test-reporter=spec', ...concurrency, ...files];
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, 'exit');
  return (code as number | null) ?? 1;
}

async function main(): Promise<number> {
  if (suite !== 'integration' || process.env['KAFKA_BROKERS']) return run({});
  if (!(await KafkaServer.isPossible())) {
    process.stdout.write(
      'skipped: the integration tests need Java 17 and Maven, or KAFKA_BROKERS\n',
    );
    return run({});
  }
  const server = await KafkaServer.start();
  try {
    return await run({ KAFKA_BROKERS: server.brokers });
  } finally {
    await server.stop();
  }
}

process.exitCode = await main();
