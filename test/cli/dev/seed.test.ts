import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seed } from '../../../src/cli/dev/seed.ts';
import { MillraceError } from '../../../src/contract/errors.ts';
import { projectOf } from '../../support/handler-files.ts';

/** Seeds a file; `refuse` is asked for each value what the brokers say to it, undefined being that they take it. */
async function seeding(
  t: TestContext,
  text: string,
  refuse: (value: string) => Error | undefined = () => undefined,
  topic: string | null = 'orders',
): Promise<{ count: Promise<number>; produced: string[] }> {
  const file = join(await projectOf(t, { 'seed.jsonl': text }), 'seed.jsonl');
  const produced: string[] = [];
  const count = seed(file, topic, {
    produce: async (target, _, { value }) => {
      const refusal = refuse(String(value));
      if (refusal) throw refusal;
      produced.push(`${target} ${value}`);
    },
  });
  return { count, produced };
}

const protocolError = (type: string): Error =>
  Object.assign(new Error('It says why'), { name: 'KafkaJSProtocolError', type });

test('a mark of byte order at the start of the file is no part of its first record', async (t) => {
  const { count, produced } = await seeding(t, '\uFEFF{"value": 1}\r\n\r\n{"value": 2}');
  assert.equal(await count, 2);
  assert.deepEqual(produced, ['orders 1', 'orders 2']);
});

for (const [what, refusal, text] of [
  [
    'that is too large',
    protocolError('MESSAGE_TOO_LARGE'),
    /:2: The record is larger than message\.max\.bytes allows in orders/,
  ],
  [
    'that the brokers refuse',
    protocolError('INVALID_RECORD'),
    /:2: The brokers refuse the record for orders: It says why$/,
  ],
  [
    'for a topic that there is not',
    new MillraceError('MR340', 'The topic orders does not exist.', { exit: 78 }),
    /:2: The topic orders does not exist\.$/,
  ],
  [
    'for a partition that there is not',
    new MillraceError('MR341', 'There is no partition 9.'),
    /:2: There is no partition 9\.$/,
  ],
] as const) {
  test(`a record ${what} is MR603 with its line, and exit 78`, async (t) => {
    const lines = '{"value": 1}\n{"value": 2}\n{"value": 3}\n';
    const { count } = await seeding(t, lines, (value) => (value === '2' ? refusal : undefined));
    await assert.rejects(count, { code: 'MR603', exit: 78, message: text });
  });
}

test('brokers that do not answer are no fault of the file', async (t) => {
  const { count } = await seeding(t, '{"value": 1}', () => new Error('Connection timeout'));
  await assert.rejects(count, { code: 'MR605', exit: 69, message: /Connection timeout/ });
});

test('of several lines that are wrong the first is named', async (t) => {
  const { count } = await seeding(t, '{"value": 1}\n{"value": 2}\n{"vaule": 3}\n', (value) =>
    value === '2' ? protocolError('MESSAGE_TOO_LARGE') : undefined,
  );
  await assert.rejects(count, { message: /seed\.jsonl:2: / });
});

test('a line without a topic needs a configuration that reads one only', async (t) => {
  const { count } = await seeding(t, '\n{"value": 1}', () => undefined, null);
  await assert.rejects(count, { code: 'MR603', exit: 78, message: /seed\.jsonl:2: .*several/ });
});

test('a file that can not be read is MR604 with exit 78', async (t) => {
  const folder = await projectOf(t, {});
  const access = { produce: () => Promise.resolve() };
  for (const name of ['no.jsonl', '.']) {
    const count = seed(join(folder, name), 'orders', access);
    await assert.rejects(count, { code: 'MR604', exit: 78 });
  }
});
