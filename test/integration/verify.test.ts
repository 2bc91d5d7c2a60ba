import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isAlive } from '../support/alive.ts';
import { type CliOptions, CliProcess, type CliResult } from '../support/cli-process.ts';
import { type ProjectFiles, projectOf } from '../support/handler-files.ts';
import { until } from '../support/until.ts';

const GOOD = `import { setTimeout as wait } from 'node:timers/promises';
export default async (record) => { await wait(2); return record.value; };
`;

/** A configuration with one pipeline; `keys`: YAML under it. */
const pipelineOf = (id: string, keys = '', source = 'topics: [orders]'): string => `
  ${id}:
    source: { ${source}, groupId: ${id} }
    handler: ./handler.mjs
    ${keys}`;
const configOf = (...pipelines: readonly string[]): string =>
  `version: 1\nkafka: { brokers: "\${NOT_SET:?is not for here}" }\npipelines:${pipelines.join('')}\n`;

/** Runs it in a folder with these files, in which a good handler is if there is no other. */
async function verify(
  t: TestContext,
  files: ProjectFiles,
  ...args: readonly string[]
): Promise<CliResult> {
  const { folder, options } = await project(t, files);
  const result = await CliProcess.result(t, ['verify', ...args], options);
  return { ...result, stderr: result.stderr.replaceAll(folder, '.') };
}

/** What it keeps for the user goes into the folder, and with it. */
async function project(
  t: TestContext,
  files: ProjectFiles,
): Promise<{ folder: string; options: CliOptions }> {
  const folder = await projectOf(t, { 'handler.mjs': GOOD, 'tmp/.keep': '', ...files });
  return { folder, options: { cwd: folder, env: { TMPDIR: join(folder, 'tmp') } } };
}

const ORDERS = { 'millrace.yaml': configOf(pipelineOf('orders', 'sink: { topic: priced }')) };
const ONE_FAULT = ['--faults', 'commit-refused', '--records', '300'] as const;

test('millrace verify puts a pipeline through every fault, and its promises hold', {
  timeout: 120_000,
}, async (t) => {
  const { code, stdout, stderr } = await verify(t, ORDERS, '--json', '--records', '2000');
  assert.equal(code, 0, stdout + stderr);
  const verdict = JSON.parse(stdout);
  const { ok, pipeline, produced, handled, lost, twice, disordered, uncommitted } = verdict;
  assert.deepEqual([ok, pipeline, produced, handled], [true, 'orders', 2000, 2000]);
  assert.deepEqual([lost, twice, disordered, uncommitted], [[], [], [], []]);
  const { 'commit-refused': refused, ...others } = verdict.faults;
  assert.equal(refused, 3);
  assert.deepEqual(others, { revoke: 1, kill: 1, 'thread-exit': 1, hang: 1, 'broker-away': 1 });
  assert.equal(verdict.overrides['pipelines.orders.timeout'], '2000ms');
});

test('millrace verify takes the pipeline and the records that it is told to', {
  timeout: 60_000,
}, async (t) => {
  const files = {
    'millrace.yaml': configOf(pipelineOf('orders'), pipelineOf('payments')),
    'seed.jsonl': '{"key":"a","value":{"amount":1}}\n\n{"key":"b","value":{"amount":2}}\n',
    'handler.mjs': `export default ({ value }) => {
      if (!(value.amount > 0)) throw new Error('no amount');
    };`,
  };
  const args = [...ONE_FAULT, '--pipeline', 'payments', '--seed', 'seed.jsonl'];
  const { code, stdout } = await verify(t, files, ...args);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /payments: 300 records in orders on 3 brokers in memory/);
  assert.match(stdout, /Other than in the configuration.* pipelines\.payments\.source\.session/);
  assert.match(stdout, /produced +300\n +handled +300\n +lost +0\n/);
  assert.match(stdout, /order +kept +2 keys\n/);
  assert.match(stdout, /commit-refused +3\n/);
  assert.match(stdout, /The promises held\.\n$/);
});

const FAILS = `export default ({ key }) => { if (key === 'key-7') throw new Error('no'); };`;

for (const [policy, word] of [
  ['halt', 'halted'],
  ['drop', 'dropped'],
] as const) {
  test(`millrace verify counts apart what the handler fails at, with onFailure ${policy}`, {
    timeout: 60_000,
  }, async (t) => {
    const keys = `{ retry: { maxAttempts: 1 }, onFailure: ${policy} }`;
    const files = {
      'millrace.yaml': `${configOf(pipelineOf('orders'))}defaults: ${keys}\n`,
      'handler.mjs': FAILS,
    };
    const { code, stdout, stderr } = await verify(t, files, ...ONE_FAULT, '--json');
    assert.equal(code, 0, stdout + stderr);
    const verdict = JSON.parse(stdout);
    assert.deepEqual([verdict.handled, verdict.lost], [297, []]);
    assert.equal(verdict[word].length + verdict.held.length, 3);
    assert.ok(verdict[word].length > 0);
  });
}

test('millrace verify creates the topics that the handler produces to', {
  timeout: 60_000,
}, async (t) => {
  const files = {
    ...ORDERS,
    'handler.mjs': `export default async (record, ctx) => {
      await ctx.produce('audit', { key: record.key, value: 1 });
    };`,
  };
  const { code, stdout, stderr } = await verify(t, files, ...ONE_FAULT);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /topics created for the handler: audit\n/);
});

test('millrace verify tells a broken promise, with the records, and keeps its journal', {
  timeout: 60_000,
}, async (t) => {
  // The handler ends well, as anyone sees who looks at it, and the engine takes that for a failure.
  const files = {
    'millrace.yaml': configOf(pipelineOf('orders', 'timeout: 100ms')),
    'handler.mjs': `export default ({ key }) => (key === 'key-7' ? () => {} : undefined);`,
  };
  const { code, stdout, stderr } = await verify(t, files, ...ONE_FAULT);
  assert.equal(code, 1, stdout);
  assert.match(stdout, /committed +not so +orders-\d\n/);
  assert.match(stdout, /A promise was broken\.\n$/);
  assert.match(stderr, /The journal and the logs of the members are in \.\/tmp\/millrace-verify-/);
});

test('millrace verify ends when a member does, and shows where its log is', {
  timeout: 60_000,
}, async (t) => {
  const files = { ...ORDERS, 'handler.mjs': 'export default () => process.kill(process.pid, 9);' };
  const { code, stderr } = await verify(t, files, ...ONE_FAULT);
  assert.equal(code, 1);
  assert.match(stderr, /Member A ended with SIGKILL, .*\.\/tmp\/.*\/A\.log \[MR609\]/);
});

const MANUAL = 'topics: [orders], partitions: { orders: [0, 2] }';

test('millrace verify only feeds the partitions that are assigned by hand', {
  timeout: 60_000,
}, async (t) => {
  const files = { 'millrace.yaml': configOf(pipelineOf('orders', '', MANUAL)) };
  const args = ['--faults', 'kill', '--records', '300', '--json'];
  const { code, stdout } = await verify(t, files, ...args);
  assert.equal(code, 0, stdout);
  assert.equal(JSON.parse(stdout).handled, 300);
});

const two = { 'millrace.yaml': configOf(pipelineOf('a'), pipelineOf('b')) };
const WRONG: readonly (readonly [
  what: string,
  ProjectFiles,
  args: readonly string[],
  code: number,
  says: RegExp,
])[] = [
  ['an unknown fault', ORDERS, ['--faults', 'kil'], 2, /not "kil"\. Did you mean "kill"\?/],
  ['too few records', ORDERS, ['--records', '3'], 2, /--records takes a number from 100 to/],
  ['a choice of pipelines', two, [], 2, /takes one pipeline: --pipeline with one of a, b\./],
  ['no such pipeline', two, ['--pipeline', 'c'], 78, /"c"/],
  ['no configuration', {}, [], 78, /millrace\.yaml/],
  [
    'a pattern of topics',
    { 'millrace.yaml': configOf(pipelineOf('orders', '', 'topics: /^o/')) },
    [],
    78,
    /millrace\.yaml:5:\d+[\s\S]*--set pipelines\.orders\.source\.topics=name \[MR608\]/,
  ],
  [
    'a revocation of what is assigned by hand',
    { 'millrace.yaml': configOf(pipelineOf('orders', '', MANUAL)) },
    ['--faults', 'revoke'],
    78,
    /millrace\.yaml:5:\d+[\s\S]*Leave revoke out.*\[MR608\]/,
  ],
  [
    'a handler that does not load',
    { ...ORDERS, 'handler.mjs': 'export default 7;' },
    [],
    78,
    /millrace\.yaml:6:\d+[\s\S]*MR202/,
  ],
  [
    'a seed that the pipeline could not read',
    { ...ORDERS, 'seed.jsonl': '{"value":1}\n{"value":"{"}\n' },
    ['--seed', 'seed.jsonl'],
    78,
    /seed\.jsonl:2: The value is no json, as deserialize\.value wants it: .*\[MR603\]/,
  ],
];
for (const [what, files, args, code, says] of WRONG) {
  test(`millrace verify ends with ${code} for ${what}`, async (t) => {
    const result = await verify(t, files, ...args);
    assert.match(result.stderr, says);
    assert.equal(result.code, code);
    assert.equal(result.stdout, '');
  });
}

/** A run whose first member works, and the pid of that. */
async function atWork(t: TestContext): Promise<{ run: CliProcess; pid: number }> {
  const { options } = await project(t, ORDERS);
  const run = CliProcess.of(t, ['verify'], options);
  const [, pid] = await run.said(/member A starts \(process (\d+)\)[\s\S]*member B starts/);
  return { run, pid: Number(pid) };
}

test('millrace verify ends at once on SIGTERM, with all its processes', {
  timeout: 60_000,
}, async (t) => {
  const { run, pid } = await atWork(t);
  run.signal('SIGTERM');
  assert.equal((await run.exit()).code, 1);
  assert.equal(isAlive(pid), false);
  assert.match(run.stderr, /The run was interrupted\. \[MR610\]/);
});

test('millrace verify takes its members with it when it is killed', {
  timeout: 60_000,
}, async (t) => {
  const { run, pid } = await atWork(t);
  run.signal('SIGKILL');
  await run.exit();
  await until(() => !isAlive(pid));
});
