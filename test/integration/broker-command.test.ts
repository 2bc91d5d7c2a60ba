import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';
import { KafkaKit } from '../support/kafka-kit.ts';

describe('millrace broker', { timeout: 30_000 }, () => {
  test('serves the topics it is told to, from several nodes, until SIGTERM', async (t) => {
    const broker = CliProcess.of(t, [
      'broker',
      '--port',
      '0',
      '--brokers',
      '3',
      '--topics',
      'orders:3,payments',
    ]);
    const [, brokers] = await broker.said(/Kafka brokers: (\S+)\n/);
    assert.match(broker.stdout, /in memory/);
    const kit = await KafkaKit.connect(brokers as string);
    await kit.produce('orders', [{ partition: 2, key: 'k', value: 'v' }]);
    assert.deepEqual(
      [...(await kit.ends('orders'))],
      [
        [0, 0n],
        [1, 0n],
        [2, 1n],
      ],
    );
    assert.equal((await kit.ends('payments')).size, 1);
    assert.equal((await kit.admin.describeCluster()).brokers.length, 3);
    await kit.close();
    broker.signal('SIGTERM');
    assert.equal((await broker.exit()).code, 0);
  });

  test('takes the topics from a file', async (t) => {
    const folder = await projectOf(t, {});
    const file = join(folder, 'topics.txt');
    await writeFile(file, '# of the shop\norders:2\n\npayments\n');
    const broker = CliProcess.of(t, ['broker', '--port', '0', '--topics', file]);
    const [, brokers] = await broker.said(/Kafka brokers: (\S+)\n/);
    const kit = await KafkaKit.connect(brokers as string);
    assert.equal((await kit.ends('orders')).size, 2);
    await kit.close();
  });

  test('says what is wrong with its options', async (t) => {
    for (const [args, text] of [
      [['--brokers', '0'], /--brokers takes a number from 1 to 64, not "0"/],
      [['--port', 'x'], /--port takes a number from 0 to 65535, not "x"/],
      [
        ['--port', '65535', '--brokers', '3'],
        /needs the ports up to 65537.*Begin at 65533 or below/,
      ],
      [['--topics', 'a:0'], /--topics: a can have from 1 to 10000 partitions, not 0/],
      [['--topics', 'a:99999'], /--topics: a can have from 1 to 10000 partitions, not 99999/],
      [['--topics', 'a,a:2'], /--topics: a is there twice/],
      [['--topics', 'a.b:1,a_b:1'], /--topics: a_b collides with a\.b/],
      [['--topics', '.'], /is a folder/],
    ] as const) {
      const { code, stderr } = await CliProcess.result(t, ['broker', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, text);
    }
  });

  test('names the line of a file of topics that is wrong, with exit 78', async (t) => {
    const folder = await projectOf(t, { 'topics.txt': 'orders:2\norders 3\n' });
    const { code, stderr } = await CliProcess.result(t, ['broker', '--topics', 'topics.txt'], {
      cwd: folder,
    });
    assert.equal(code, 78);
    assert.match(stderr, /topics\.txt:2: "orders 3" is no topic\..* \[MR606\]/);
  });

  test('says that its port is taken', async (t) => {
    const first = CliProcess.of(t, ['broker', '--port', '0']);
    const [, port] = await first.said(/Kafka brokers: 127\.0\.0\.1:(\d+)\n/);
    const { code, stderr } = await CliProcess.result(t, ['broker', '--port', port as string]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${port}.*\\[MR361\\]`));
  });
});
