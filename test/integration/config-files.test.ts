// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';

const HANDLER = { 'handler.mjs': 'export default () => {};' };
const CONFIG = `version: 1
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.mjs
`;
/** A place of a problem in the output of `validate --json`. */
interface Problem {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

const problemsOf = (stdout: string): { ok: boolean; problems: Problem[] } =>
  JSON.parse(stdout) as { ok: boolean; problems: Problem[] };

describe('configuration through the command line', { concurrency: 2, timeout: 60_000 }, () => {
  test('millrace.yaml in the working directory is the default', async (t) => {
    const cwd = await projectOf(t, { ...HANDLER, 'millrace.yaml': CONFIG });
    const { code, stdout } = await CliProcess.result(t, ['validate'], { cwd });
    assert.deepEqual([code, stdout], [0, 'ok: 1 pipeline\n']);
  });

  test('MILLRACE_CONFIG names another default, and -c is stronger than it', async (t) => {
    const cwd = await projectOf(t, { ...HANDLER, 'good.yaml': CONFIG, 'bad.yaml': 'version: 7\n' });
    const env = { MILLRACE_CONFIG: 'good.yaml' };
    assert.equal((await CliProcess.result(t, ['validate'], { cwd, env })).code, 0);
    const other = await CliProcess.result(t, ['validate', '-c', 'bad.yaml'], { cwd, env });
    assert.equal(other.code, 78);
    assert.match(other.stderr, /bad\.yaml:1:10/);
  });

  test('a file that is not there is named', async (t) => {
    const cwd = await projectOf(t, {});
    const { code, stderr } = await CliProcess.result(t, ['run'], { cwd });
    assert.equal(code, 78);
    assert.match(stderr, /millrace\.yaml/);
  });

  test('files are laid over one another: maps merge, the later one wins, and problems name their own file', async (t) => {
    const cwd = await projectOf(t, {
      ...HANDLER,
      'base.yaml': CONFIG,
      'more.yaml': 'pipelines:\n  orders:\n    source: { groupId: other }\n    timeout: 0ms\n',
    });
    const args = ['validate', '-c', 'base.yaml', '-c', 'more.yaml'];
    const wrong = await CliProcess.result(t, [...args, '--json'], { cwd });
    assert.equal(wrong.code, 78);
    const { problems } = problemsOf(wrong.stdout);
    assert.deepEqual(
      problems.map(({ file, line, col }) => [file, line, col]),
      [['more.yaml', 4, 14]],
    );
    const set = ['--set', 'pipelines.orders.timeout=5s'];
    const mended = await CliProcess.result(t, [...args, ...set], { cwd });
    assert.equal(mended.code, 0, mended.stderr);
  });

  test('include brings in pipelines, whose handlers lie beside their own file', async (t) => {
    const part = `pipelines:
  returns:
    source: { topics: [returns], groupId: returns }
    handler: ./handler.mjs
`;
    const cwd = await projectOf(t, {
      ...HANDLER,
      'millrace.yaml': CONFIG.replace('version: 1\n', 'version: 1\ninclude: [parts/*.yaml]\n'),
      'parts/returns.yaml': part,
      'parts/handler.mjs': 'export default () => {};',
    });
    const { code, stdout, stderr } = await CliProcess.result(t, ['validate'], { cwd });
    assert.deepEqual([code, stdout], [0, 'ok: 2 pipelines\n'], stderr);
  });

  test('variables come from --env-file, and the environment wins', async (t) => {
    const cwd = await projectOf(t, {
      ...HANDLER,
      'millrace.yaml': `${CONFIG}    timeout: \${ORDERS_TIMEOUT:?set it}\n`,
      'good.env': 'ORDERS_TIMEOUT=5s\n',
    });
    const args = ['validate', '--env-file', 'good.env'];
    assert.equal((await CliProcess.result(t, ['validate'], { cwd })).code, 78);
    assert.equal((await CliProcess.result(t, args, { cwd })).code, 0);
    const env = { ORDERS_TIMEOUT: 'never' };
    const wrong = await CliProcess.result(t, args, { cwd, env });
    assert.equal(wrong.code, 78);
    assert.match(wrong.stderr, /millrace\.yaml:6:14/);
  });

  for (const form of [['--env-file', 'gone.env'], ['--env-file=gone.env']]) {
    test(`a file of variables that is not there is an error of ours: ${form.join(' ')}`, async (t) => {
      const cwd = await projectOf(t, { ...HANDLER, 'millrace.yaml': CONFIG });
      for (const command of ['run', 'validate', 'dev']) {
        const { code, stderr } = await CliProcess.result(t, [command, ...form], { cwd });
        assert.equal(code, 78, stderr);
        assert.match(stderr, /--env-file {2}file gone\.env does not exist \[MR101\]/);
      }
    });
  }

  test('every start of this package keeps Node from reading --env-file by itself', () => {
    const root = new URL('../../../', import.meta.url);
    const starts = ['package.json', 'Dockerfile'].flatMap((file) =>
      readFileSync(new URL(file, root), 'utf8')
        .split('\n')
        .filter((line) => /node\b.*src\/cli\/main\.js/.test(line)),
    );
    assert.ok(starts.length >= 3, starts.join('\n'));
    for (const start of starts)
      assert.match(start, /--(?:", "| )\/?[\w/]*dist\/src\/cli\/main\.js/);
  });

  test('--only with an id that there is not says which is near', async (t) => {
    const cwd = await projectOf(t, { ...HANDLER, 'millrace.yaml': CONFIG });
    const { code, stderr } = await CliProcess.result(t, ['validate', '--only', 'order'], { cwd });
    assert.equal(code, 78);
    assert.match(stderr, /--only.*order/);
    assert.match(stderr, /orders/);
  });

  test('validate reports every problem of several files, each by itself', async (t) => {
    const cwd = await projectOf(t, {
      ...HANDLER,
      'good.yaml': CONFIG,
      'typo.yaml': CONFIG.replace('groupId', 'grupId'),
      'handler.yaml': CONFIG.replace('handler.mjs', 'missing.mjs'),
    });
    const args = ['validate', 'good.yaml', 'typo.yaml', 'handler.yaml'];
    const { code, stdout } = await CliProcess.result(t, [...args, '--json'], { cwd });
    assert.equal(code, 78);
    const { ok, problems } = problemsOf(stdout);
    assert.equal(ok, false);
    assert.deepEqual([...new Set(problems.map(({ file }) => file))].sort(), [
      'handler.yaml',
      'typo.yaml',
    ]);
    for (const { code: name, message } of problems) {
      assert.match(name, /^MR\d{3}$/);
      assert.ok(message.length > 0);
    }
    const text = await CliProcess.result(t, args, { cwd });
    assert.equal(text.code, 78);
    assert.match(text.stderr, /typo\.yaml:4:\d+/);
    assert.match(text.stderr, /handler\.yaml:5:14/);
  });

  test('validate checks the files of -c too, as one configuration, beside those that it is given', async (t) => {
    const cwd = await projectOf(t, {
      ...HANDLER,
      'good.yaml': CONFIG,
      'base.yaml': CONFIG,
      'typo.yaml': 'pipelines: { orders: { tiemout: 5s } }\n',
      'unit.yaml': 'pipelines: { orders: { timeout: 6s } }\n',
    });
    const wrong = ['validate', 'good.yaml', '-c', 'base.yaml', '-c', 'typo.yaml'];
    const { code, stderr } = await CliProcess.result(t, wrong, { cwd });
    assert.equal(code, 78);
    assert.match(stderr, /typo\.yaml:1:24/);
    const right = ['validate', 'good.yaml', '-c', 'base.yaml', '-c', 'unit.yaml'];
    const { stdout } = await CliProcess.result(t, right, { cwd });
    assert.equal(stdout, 'ok: 2 pipelines\n');
  });

  test('validate --json says ok when all is well', async (t) => {
    const cwd = await projectOf(t, { ...HANDLER, 'millrace.yaml': CONFIG });
    const { code, stdout, stderr } = await CliProcess.result(t, ['validate', '--json'], { cwd });
    assert.deepEqual([code, problemsOf(stdout), stderr], [0, { ok: true, problems: [] }, '']);
  });

  test('--help tells of each command, and of each option with the command', async (t) => {
    const general = await CliProcess.result(t, ['--help']);
    assert.equal(general.code, 0);
    for (const command of ['run', 'validate']) {
      assert.match(general.stdout, new RegExp(`^ {2}${command} `, 'm'));
      const forms = [
        ['help', command],
        [command, '--help'],
        [command, '-h'],
      ];
      const helps = await Promise.all(forms.map((args) => CliProcess.result(t, args)));
      assert.deepEqual(new Set(helps.map(({ code }) => code)), new Set([0]));
      assert.equal(new Set(helps.map(({ stdout }) => stdout)).size, 1);
      for (const option of ['--config', '--only', '--set', '--env-file'])
        assert.ok(helps[0]?.stdout.includes(option), `${command} ${option}`);
    }
  });

  test('--version is the version alone', async (t) => {
    const { code, stdout } = await CliProcess.result(t, ['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
