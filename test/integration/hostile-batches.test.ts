import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import {
  abortedTransaction,
  compactedBatch,
  compressionBomb,
  EmbeddedBroker,
  emptyBatch,
  gappedBatch,
  headerBomb,
  type RawBatchOptions,
  rawBatch,
  transactionMarker,
  withBadCrc,
  withLength,
} from '../../src/testing/index.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const TOPIC = 'orders';
/** Offset of the first hostile batch: two records are in front of it. */
const AT = 2n;
const PRODUCER = { producerId: 7n, baseOffset: AT };

const two = (baseOffset: bigint, options: RawBatchOptions = {}): Buffer =>
  rawBatch([{ key: 'a' }, { key: 'b' }], { baseOffset, ...options });

/**
 * A topic whose partition 0 holds two records, the batches, and two records more, or none with `isLast`; partition 1 has three
 * records. And a pipeline that writes down what it handles, headers included.
 */
async function open(t: TestContext, batches: readonly Buffer[], isLast = false) {
  const broker = await EmbeddedBroker.start({
    topics: { [TOPIC]: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  t.after(() => broker.close());
  broker.produce(TOPIC, 0, two(0n));
  broker.produceRaw(TOPIC, 0, ...batches);
  const behind = broker.offsets(TOPIC, 0).end;
  if (!isLast) broker.produceRaw(TOPIC, 0, two(behind));
  broker.produce(TOPIC, 1, rawBatch([{ key: 'x' }, { key: 'y' }, { key: 'z' }]));
  const scene = await Scene.open(
    { brokers: broker.bootstrap, topic: TOPIC, group: 'g', handler: 'describe.mjs' },
    t,
  );
  const handled = (partition: number): bigint[] =>
    readFileSync(scene.witnessFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { partition: number; offset: string })
      .filter((each) => each.partition === partition)
      .map(({ offset }) => BigInt(offset))
      .sort((a, b) => (a < b ? -1 : 1));
  const committed = (partition: number): bigint | undefined =>
    broker.cluster.groups.get('g')?.offsets.committed(TOPIC, partition)?.offset;
  return { broker, scene, handled, committed, behind };
}

const GAP = 1_000_000n;
/** Batches, and which of their offsets are records that must be handled. */
const CROSSED: Readonly<
  Record<string, { readonly batches: readonly Buffer[]; readonly real?: readonly bigint[] }>
> = {
  'a commit marker': { batches: [transactionMarker('commit', PRODUCER)] },
  'an abort marker': { batches: [transactionMarker('abort', PRODUCER)] },
  'an aborted transaction': { batches: abortedTransaction([{ key: 'a' }, { key: 'b' }], PRODUCER) },
  'a committed transaction': {
    batches: [
      two(AT, { ...PRODUCER, isTransactional: true }),
      transactionMarker('commit', { ...PRODUCER, baseOffset: AT + 2n }),
    ],
    real: [AT, AT + 1n],
  },
  'an empty batch': { batches: [emptyBatch({ baseOffset: AT })] },
  'a batch whose records are compacted away': {
    batches: [compactedBatch(1000, { baseOffset: AT })],
  },
  'a gap of a million offsets inside a batch': {
    batches: [gappedBatch([{ key: 'a' }, { key: 'b' }], Number(GAP), { baseOffset: AT })],
    real: [AT, AT + GAP + 1n],
  },
  'a gap of a million offsets in front of a batch': {
    batches: [two(AT + GAP)],
    real: [AT + GAP, AT + GAP + 1n],
  },
};

describe('a log that holds', { timeout: 120_000 }, () => {
  for (const [what, { batches, real = [] }] of Object.entries(CROSSED)) {
    for (const isLast of [false, true]) {
      test(`${what}, ${isLast ? 'at its end' : 'in its middle'}: each real record is handled once, and the end is committed`, async (t) => {
        const { scene, handled, committed, broker, behind } = await open(t, batches, isLast);
        const { code, stdout, stderr } = await scene.run('--until-idle', '200ms').result();
        assert.equal(code, 0, stdout + stderr);
        const rest = isLast ? [] : [behind, behind + 1n];
        assert.deepEqual(handled(0), [0n, 1n, ...real, ...rest]);
        assert.deepEqual(handled(1), [0n, 1n, 2n]);
        assert.equal(committed(0), broker.offsets(TOPIC, 0).end);
      });
    }
  }

  for (const [what, bad, code] of [
    ['a wrong checksum', withBadCrc(two(AT)), 'MR310'],
    ['a negative length', withLength(two(AT)), 'MR310'],
    ['a batch that expands to 1 GiB', compressionBomb({ baseOffset: AT }), 'MR311'],
  ] as const) {
    test(`${what}: the partition stops in front of it and names it, the others go on`, async (t) => {
      const { broker, scene, handled, committed } = await open(t, [bad]);
      const member = scene.run();
      const stopped = await member.line(({ msg }) => msg.startsWith('partition is not read'));
      assert.match(stopped.msg, /batch at offset 2 can't be read/);
      assert.deepEqual([stopped['partition'], stopped['code']], [0, code]);
      broker.produce(TOPIC, 1, rawBatch([{ key: 'later' }]));
      await until(() => handled(1).length === 4);
      member.signal('SIGTERM');
      const { code: exit } = await member.exit();
      assert.equal(exit, 0, member.stdout + member.stderr);
      assert.deepEqual(handled(0), [0n, 1n]);
      assert.equal(committed(0), AT);
    });
  }

  test('a record that claims 2^31 headers: it fails, its key halts in front of it, and all others are handled', async (t) => {
    const bomb = headerBomb({ baseOffset: AT, record: { key: 'bomb' } });
    const { scene, handled, committed } = await open(t, [bomb]);
    const { code, stdout, stderr } = await scene.run('--until-idle', '200ms').result();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /"kind":"deserialize".*run past the end of the record/);
    assert.doesNotMatch(stdout, /worker thread ended/);
    assert.deepEqual(handled(0), [0n, 1n, 3n, 4n]);
    assert.deepEqual(handled(1), [0n, 1n, 2n]);
    assert.equal(committed(0), AT);
  });
});
