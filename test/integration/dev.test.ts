import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isAlive } from '../support/alive.ts';
import { CliProcess } from '../support/cli-process.ts';
import { type ProjectFiles, projectOf } from '../support/handler-files.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';

const HANDLER = `import { say } from './say.ts';
export default (record: { value: { n: number } }) => say(record.value.n);
`;
const sayWith = (word: string): string =>
  `export const say = (n: number): void => { process.stdout.write(\`${word} \${n}\\n\`); };`;
const CONFIG = `version: 1
kafka:
  brokers: prod.example.com:9093
  tls: true
  sasl: { mechanism: plain, username: u, password: "\${NOT_SET_HERE}" }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.ts
`;
const seedOf = (...numbers: number[]): string =>
  numbers.map((n) => `${JSON.stringify({ key: 'k', value: { n } })}\n`).join('');

const TYPESCRIPT = { 'handler.ts': HANDLER, 'say.ts': sayWith('old'), 'millrace.yaml': CONFIG };
const JAVASCRIPT = {
  'handler.mjs': "import { say } from './say.mjs';\nexport default ({ value }) => say(value.n);\n",
  'say.mjs': "export const say = (n) => console.log('old', n);\n",
  'millrace.yaml': `${CONFIG.replace('handler.ts', 'handler.mjs')}workers: { threads: 2 }\n`,
};

/** A project under `millrace dev` with two records, both handled. */
async function develop(
  t: TestContext,
  files: ProjectFiles = TYPESCRIPT,
): Promise<{ folder: string; dev: CliProcess }> {
  const folder = await projectOf(t, { 'seed.jsonl': seedOf(1, 2), ...files });
  const dev = CliProcess.of(t, ['dev', '--seed', 'seed.jsonl', '--port', '0'], { cwd: folder });
  await dev.said(/old 1[\s\S]*old 2/);
  return { folder, dev };
}

async function end(dev: CliProcess, signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
  dev.signal(signal);
  assert.equal((await dev.exit()).code, 0, dev.stdout);
}

/** Produces one more record on the broker of a `millrace dev`. */
async function produce(dev: CliProcess, n: number): Promise<void> {
  const [, brokers] = await dev.said(/a broker listens on (\S+);/);
  const kit = await KafkaKit.connect(brokers as string);
  await kit.produce('orders', [{ key: 'k', value: JSON.stringify({ n }) }]);
  await kit.close();
}

describe('millrace dev', { concurrency: 2, timeout: 60_000 }, () => {
  test('runs a pipeline that is meant for a cluster with TLS and users, without either, on seeded records', async (t) => {
    const { dev } = await develop(t);
    assert.match(dev.stdout, /topics created: orders/);
    assert.match(dev.stdout, /2 records of seed.jsonl produced/);
    await dev.said(/orders in the last second.* handled=2 failed=0 .*lag=0/);
    await end(dev, 'SIGINT');
    assert.match(dev.stdout, /stopped: all that was started has ended and is committed/);
  });

  test('takes a change of a file that the handler imports, without leaving the group', async (t) => {
    const { folder, dev } = await develop(t);
    await writeFile(join(folder, 'say.ts'), sayWith('new'));
    await dev.said(/handlers reloaded/);
    await produce(dev, 3);
    await dev.said(/new 3/);
    assert.equal(dev.stdout.match(/joined the group/g)?.length, 1);
    await end(dev);
  });

  test('goes on with the handler of before when the new one does not compile, and takes it when it does', async (t) => {
    const { folder, dev } = await develop(t);
    await appendFile(join(folder, 'say.ts'), 'this is no TypeScript');
    await dev.said(/the handlers were not reloaded, those of before go on: .*say\.ts:1:/);
    await produce(dev, 3);
    await dev.said(/old 3/);
    await writeFile(join(folder, 'say.ts'), sayWith('new'));
    await dev.said(/handlers reloaded/);
    await produce(dev, 4);
    await dev.said(/new 4/);
    await end(dev);
  });

  test('takes a change of a file that a JavaScript handler imports', async (t) => {
    const { folder, dev } = await develop(t, JAVASCRIPT);
    await writeFile(join(folder, 'say.mjs'), JAVASCRIPT['say.mjs'].replace('old', 'new'));
    await dev.said(/handlers reloaded/);
    await produce(dev, 3);
    await dev.said(/new 3/);
    await end(dev);
  });

  test('loses no thread to a JavaScript handler that does not load, and takes the next one that does', async (t) => {
    const { folder, dev } = await develop(t, JAVASCRIPT);
    const file = join(folder, 'handler.mjs');
    await writeFile(file, 'throw new Error("boom");');
    await dev.said(/the handlers were not reloaded, those of before go on: .*does not load: boom/);
    await produce(dev, 3);
    await dev.said(/old 3/);
    await writeFile(file, JAVASCRIPT['handler.mjs']);
    await dev.said(/handlers reloaded/);
    assert.doesNotMatch(dev.stdout, /worker thread ended/);
    await end(dev);
  });

  test('drains and starts again when the configuration changes, and goes on when that is wrong', async (t) => {
    const { folder, dev } = await develop(t);
    const file = join(folder, 'millrace.yaml');
    await appendFile(file, 'wrong: 1\n');
    await dev.said(/the configuration of before goes on/);
    assert.match(dev.stderr, /millrace\.yaml:10:1 +unknown key "wrong"/);
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace('wrong: 1\n', '').replace('groupId: orders', 'groupId: again'),
    );
    await dev.said(/the configuration has changed[\s\S]*old 1[\s\S]*old 2/);
    await end(dev);
  });

  test('goes on as it was when a topic of the changed configuration can not be created', async (t) => {
    const { folder, dev } = await develop(t);
    const file = join(folder, 'millrace.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('[orders]', '[orders, a.b, a_b]'));
    await dev.said(/the configuration of before goes on; change a file to try again/);
    assert.match(
      dev.stderr,
      /millrace\.yaml:8:\d+ +The topic a[._]b can't be created: its name collides with a[._]b, .*Rename one/,
    );
    await produce(dev, 3);
    await dev.said(/old 3/);
    await writeFile(file, text.replace('groupId: orders', 'groupId: again'));
    await dev.said(/the configuration has changed[\s\S]*old 1/);
    await end(dev);
  });

  test('ends with 78 and the place when a topic can not be created at the start', async (t) => {
    const folder = await projectOf(t, {
      ...TYPESCRIPT,
      'millrace.yaml': CONFIG.replace('[orders]', '[or.ders, or_ders]'),
    });
    const { code, stderr } = await CliProcess.result(t, ['dev', '--port', '0'], { cwd: folder });
    assert.equal(code, 78);
    assert.match(
      stderr,
      /millrace\.yaml:8:\d+ +The topic or[._]ders can't be created: .*Rename one/,
    );
    assert.match(stderr, /MR343/);
  });

  test('waits for a change when the handler does not load', async (t) => {
    const folder = await projectOf(t, {
      'handler.ts': 'export const nothing = 1;',
      'millrace.yaml': CONFIG,
      'seed.jsonl': seedOf(1),
    });
    const dev = CliProcess.of(t, ['dev', '--seed', 'seed.jsonl', '--port', '0'], { cwd: folder });
    await dev.said(/the pipelines ended with 78; change a file to start them again/);
    await writeFile(join(folder, 'say.ts'), sayWith('new'));
    await writeFile(join(folder, 'handler.ts'), HANDLER);
    await dev.said(/new 1/);
    await end(dev);
  });

  test('keeps Node from taking the file of variables of the pipelines for its own', async (t) => {
    const folder = await projectOf(t, {
      'handler.ts': HANDLER,
      'say.ts': sayWith('old'),
      'millrace.yaml': CONFIG,
      'seed.jsonl': seedOf(1),
      'dev.env': 'NODE_OPTIONS=--no-such-option\n',
    });
    const args = ['dev', '--seed', 'seed.jsonl', '--port', '0', '--env-file', 'dev.env'];
    const dev = CliProcess.of(t, args, { cwd: folder });
    await dev.said(/old 1/);
    await end(dev);
    assert.match(dev.stderr, /dev\.env:1:1 +NODE_OPTIONS acts on Node/);
  });

  test('starts again when a file is mended that the handler imports, and when it comes at last', async (t) => {
    const { 'say.mjs': say, ...others } = JAVASCRIPT;
    const folder = await projectOf(t, { 'seed.jsonl': seedOf(1), ...others });
    const dev = CliProcess.of(t, ['dev', '--seed', 'seed.jsonl', '--port', '0'], { cwd: folder });
    await dev.said(/the pipelines ended with 78/);
    await writeFile(join(folder, 'say.mjs'), 'export const say = (');
    await dev.said(/(?:the pipelines ended with 78[\s\S]*){2}/);
    await writeFile(join(folder, 'say.mjs'), say);
    await dev.said(/old 1/);
    await end(dev);
  });

  test('takes the pipelines with it when it is killed', async (t) => {
    const { dev } = await develop(t);
    const [, pid] = await dev.said(/ running .*pid=(\d+)/);
    dev.signal('SIGKILL');
    await until(() => !isAlive(Number(pid)));
  });

  test('ends with 78 and the line of the seed that is no record, or that its broker does not take', async (t) => {
    const large = JSON.stringify({ value: 'x'.repeat(2 ** 20) });
    for (const [line, text] of [
      ['{"vaule": 2}', 'There is no "vaule" in a record; did you mean "value"?'],
      ['{"topic": "b d"}', '"topic" is a name of up to 249 letters'],
      ['{"topic": "nope"}', 'The topic nope does not exist'],
      ['{"partition": 99}', 'orders has 8 partitions, so there is no partition 99'],
      [large, 'The record is larger than message.max.bytes allows in orders'],
    ] as const) {
      const seeds = { 'seed.jsonl': `${seedOf(1)}${line}\n${seedOf(3)}` };
      const folder = await projectOf(t, { ...TYPESCRIPT, ...seeds });
      const args = ['dev', '--seed', 'seed.jsonl', '--port', '0'];
      const { code, stderr } = await CliProcess.result(t, args, { cwd: folder });
      assert.equal(code, 78, stderr);
      assert.ok(stderr.includes(`millrace: seed.jsonl:2: ${text}`), stderr);
      assert.match(stderr, /\[MR603\]\n$/);
    }
  });
});
