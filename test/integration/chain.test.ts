import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';
import { KafkaKit } from '../support/kafka-kit.ts';

const brokers = KafkaKit.brokersOfRun;
const RECORDS = 5000;

describe('two pipelines of which one reads what the other writes', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** Topics a, b and c with pipelines from a to b and from b to c, each of which appends its name to the value. */
  async function open(t: TestContext, workers = ''): Promise<Chain> {
    const [a, b, c] = [await kit.topic(4), await kit.topic(3), await kit.topic(2)];
    const folder = await projectOf(t, {
      'append.mjs': `import { setTimeout as wait } from 'node:timers/promises';
export default {
  async handle({ value }, { options }) {
    await wait(options.ms);
    return value + options.name;
  },
};
`,
      'millrace.yaml': `version: 1
kafka: { brokers: "${brokers}" }
http: false
defaults:
  handler: ./append.mjs
  deserialize: { value: string }
  concurrency: 32
workers: { threads: 1, concurrencyPerThread: 32 }
pipelines:
  first:
    source: { topics: [${a}], groupId: ${a}-first }
    sink: { topic: ${b}, serialize: string }
    options: { name: ">first", ms: 2 }
  second:
    source: { topics: [${b}], groupId: ${a}-second }
    sink: { topic: ${c}, serialize: string }
    options: { name: ">second", ms: 1 }
    ${workers}
`,
    });
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      key: `k${i % 50}`,
      value: String(i),
    }));
    await kit.produce(a, records);
    return { folder, a, b, c };
  }

  /** Every record went through both once, in the order of its key, and all is committed. */
  async function assertWhole({ a, b, c }: Chain): Promise<void> {
    const last = new Map<string, number>();
    const seen = new Set<number>();
    for (const { key, value } of await kit.read(c)) {
      const match = /^(\d+)>first>second$/.exec(value);
      assert.ok(match, `${value} is no result`);
      const id = Number(match[1]);
      assert.equal(key, `k${id % 50}`);
      assert.ok(!seen.has(id), `${id} came twice`);
      seen.add(id);
      assert.ok((last.get(key) ?? -1) < id, `${id} came after ${last.get(key)}`);
      last.set(key, id);
    }
    assert.equal(seen.size, RECORDS);
    assert.deepEqual(await kit.committed(`${a}-first`, a), await kit.ends(a));
    assert.deepEqual(await kit.committed(`${a}-second`, b), await kit.ends(b));
  }

  const run = (t: TestContext, { folder }: Chain, ...args: string[]): CliProcess =>
    CliProcess.of(t, ['run', ...args], { cwd: folder });

  for (const [threads, workers] of [
    ['the same threads', ''],
    ['threads of its own', 'workers: { threads: 1, concurrencyPerThread: 32 }'],
  ] as const) {
    test(`hand each record on once, in order, with ${threads} for the second one`, async (t) => {
      const chain = await open(t, workers);
      const member = run(t, chain, '--until-idle', '500ms');
      assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
      await assertWhole(chain);
    });
  }

  test('can be run in two processes that share the work', async (t) => {
    const chain = await open(t);
    const members = [run(t, chain), run(t, chain)];
    const { a, b } = chain;
    const { length } = await Promise.all(
      members.map((member) =>
        member.line(({ msg, added }) => msg === 'joined the group' && (added as []).length > 0),
      ),
    );
    assert.equal(length, 2);
    await kit.untilCommitted(a, `${a}-first`, [...(await kit.ends(a)).values()]);
    await kit.untilCommitted(b, `${a}-second`, [...(await kit.ends(b)).values()]);
    for (const member of members) {
      member.signal('SIGTERM');
      assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    }
    await assertWhole(chain);
  });

  test('can be run one at a time: --only starts no other', async (t) => {
    const chain = await open(t);
    const { a, b, c } = chain;
    const first = run(t, chain, '--only', 'first', '--until-idle', '300ms');
    assert.equal((await first.exit()).code, 0, first.stdout + first.stderr);
    assert.equal((await kit.read(b)).length, RECORDS);
    assert.deepEqual(await kit.read(c), []);
    const second = run(t, chain, '--only', 'second', '--until-idle', '300ms');
    assert.equal((await second.exit()).code, 0, second.stdout + second.stderr);
    await assertWhole(chain);
    assert.ok(!second.lines.some(({ groupId }) => groupId === `${a}-first`));
  });
});

interface Chain {
  readonly folder: string;
  readonly a: string;
  readonly b: string;
  readonly c: string;
}
