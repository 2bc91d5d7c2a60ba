import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isAlive } from '../support/alive.ts';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';
import { until } from '../support/until.ts';

/** Says when a process begins, before anything of Millrace is loaded, and which it is. */
const PRELOAD = `import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) writeSync(1, \`begins: \${process.argv[2]} \${process.pid}\\n\`);
`;
const HANDLER = `import { writeSync } from 'node:fs';
writeSync(1, 'loads\\n');
export default {
  setup: () => { writeSync(1, 'sets up\\n'); },
  handle: ({ value }) => { writeSync(1, \`handles \${value.n}\\n\`); },
};
`;
const CONFIG = `version: 1
kafka: { brokers: prod.example.com:9093 }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.mjs
`;

/** `millrace dev` whose processes say when they begin. */
async function develop(t: TestContext): Promise<CliProcess> {
  const folder = await projectOf(t, {
    'handler.mjs': HANDLER,
    'preload.mjs': PRELOAD,
    'millrace.yaml': CONFIG,
    'seed.jsonl': '{"value": {"n": 1}}\n',
  });
  return CliProcess.of(t, ['dev', '--seed', 'seed.jsonl', '--port', '0'], {
    cwd: folder,
    env: { NODE_OPTIONS: `--import ${join(folder, 'preload.mjs')}` },
  });
}

/** Pids of the processes that run the pipelines, as far as they have begun. */
const children = (dev: CliProcess): number[] =>
  [...dev.stdout.matchAll(/begins: run (\d+)/g)].map(([, pid]) => Number(pid));

const MOMENTS: Readonly<Record<string, RegExp>> = {
  'its broker is there': /a broker listens on/,
  'the topics are there': /topics created/,
  'the seed is produced': /records of seed\.jsonl produced/,
  'the pipelines have a process': /begins: run/,
  'that process listens': / listening /,
  'the handler loads': /loads/,
  'the handler is set up': /sets up/,
  'it joins the group': /joined the group/,
  'it runs': / running /,
  'it handles a record': /handles 1/,
};

describe('millrace dev that is told to stop', { concurrency: 2, timeout: 200_000 }, () => {
  for (const [moment, said] of Object.entries(MOMENTS)) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`by ${signal} when ${moment} ends with 0 and leaves no process`, async (t) => {
        const dev = await develop(t);
        await dev.said(said);
        dev.signal(signal);
        assert.equal((await dev.exit()).code, 0, `${dev.stdout}\n${dev.stderr}`);
        assert.deepEqual(children(dev).filter(isAlive), []);
      });
    }
  }

  test('twice at once, before the pipelines can hear of it, ends with 0', async (t) => {
    const dev = await develop(t);
    await dev.said(/begins: run/);
    dev.signal('SIGINT');
    dev.signal('SIGTERM');
    assert.equal((await dev.exit()).code, 0, `${dev.stdout}\n${dev.stderr}`);
    assert.deepEqual(children(dev).filter(isAlive), []);
  });

  test('by SIGHUP, when its terminal is closed, drains as on SIGTERM', async (t) => {
    const dev = await develop(t);
    await dev.said(/handles 1/);
    dev.signal('SIGHUP');
    assert.equal((await dev.exit()).code, 0, `${dev.stdout}\n${dev.stderr}`);
    assert.match(dev.stdout, /stopped: all that was started has ended and is committed/);
  });

  test('by SIGKILL before the pipelines could listen leaves them nothing but to end', async (t) => {
    const folder = await projectOf(t, { 'handler.mjs': HANDLER, 'millrace.yaml': CONFIG });
    const env = { MILLRACE_PARENT: 'dev' };
    const orphan = CliProcess.of(t, ['run'], { cwd: folder, env });
    assert.equal((await orphan.exit()).code, 0, orphan.stderr);
    assert.match(orphan.stdout, /stopping: millrace dev is gone/);
  });

  for (const moment of ['the pipelines have a process', 'the handler loads', 'it runs']) {
    test(`by SIGKILL when ${moment} takes the pipelines with it`, async (t) => {
      const dev = await develop(t);
      await dev.said(MOMENTS[moment] as RegExp);
      dev.signal('SIGKILL');
      await until(() => children(dev).filter(isAlive).length === 0);
    });
  }
});
