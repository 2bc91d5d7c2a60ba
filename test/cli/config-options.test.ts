import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { issuesOf, readFrom } from '../../src/cli/config-options.ts';
import type { ReadResult } from '../../src/config/read.ts';
import { MillraceError, ofPipeline } from '../../src/contract/errors.ts';
import { projectOf } from '../support/handler-files.ts';

const CONFIG = `version: 1
http: { port: 9000 }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders, partitions: { orders: [0] } }
    handler: ./handler.mjs
    sink: { topic: results }
  returns:
    source: { topics: [returns], groupId: returns }
    handler: ./handler.mjs
`;

async function readProject(t: TestContext, only?: string[]): Promise<ReadResult> {
  const folder = await projectOf(t, {
    'handler.mjs': 'export default () => {};',
    'millrace.yaml': CONFIG,
  });
  return readFrom({ config: [join(folder, 'millrace.yaml')], only });
}

/** An error of the pipeline `orders`. */
const oops = (code: `MR${number}`): unknown =>
  ofPipeline(new MillraceError(code, 'It is wrong.'), 'orders');

for (const [code, line, col] of [
  ['MR201', 6, 14],
  ['MR203', 6, 14],
  ['MR204', 6, 14],
  ['MR303', 5, 23],
  ['MR304', 5, 23],
  ['MR308', 5, 50],
  ['MR340', 7, 20],
] as const) {
  test(`an error ${code} that is found after reading stands where its cause is`, async (t) => {
    const issues = issuesOf(oops(code), await readProject(t));
    assert.deepEqual(
      issues?.map((issue) => [issue.code, issue.line, issue.col, issue.severity, issue.message]),
      [[code, line, col, 'error', 'It is wrong.']],
    );
  });
}

test('a port that is taken stands at http.port', async (t) => {
  const taken = new MillraceError('MR510', 'The port 9000 is taken.');
  const [issue] = issuesOf(taken, await readProject(t)) ?? [];
  assert.deepEqual([issue?.line, issue?.col], [2, 15]);
});

test('an error that is no fault of the configuration has no place in it', async (t) => {
  const read = await readProject(t);
  for (const cause of [oops('MR301'), new MillraceError('MR303', 'whose?'), new Error('x'), null])
    assert.equal(issuesOf(cause, read), null);
});

test('--only takes lists, and may be given several times', async (t) => {
  const ids = (read: ReadResult): string[] | undefined =>
    read.config?.pipelines.map(({ id }) => id);
  assert.deepEqual(ids(await readProject(t, ['returns'])), ['returns']);
  assert.deepEqual(ids(await readProject(t, ['returns,orders'])), ['orders', 'returns']);
  assert.deepEqual(ids(await readProject(t, ['returns', 'orders'])), ['orders', 'returns']);
});

test('an id of --only may have spaces around it, and is not empty', async (t) => {
  const read = await readProject(t, ['returns , orders']);
  assert.equal(read.config?.pipelines.length, 2);
  for (const list of ['orders,', ',orders', '', ',']) {
    await assert.rejects(readProject(t, [list]), {
      name: 'UsageError',
      message: `--only takes ids of pipelines with commas between, and one in "${list}" is empty.`,
    });
  }
});

test('a file without a name is refused before anything is read', () => {
  const message = /takes the name of a file, and got an empty text/;
  assert.throws(() => readFrom({ config: [''] }), message);
  assert.throws(() => readFrom({ config: ['millrace.yaml', ''] }), message);
  assert.throws(() => readFrom({ 'env-file': '' }), message);
  assert.throws(() => readFrom({}, ['']), message);
});
