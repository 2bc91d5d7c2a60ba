import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { turn } from '../support/fake-broker.ts';
import { ProduceRig, recordOf, recordsIn } from '../support/fake-producing.ts';
import { answers } from '../support/fake-wire.ts';

/** Partition that a record with this key is sent to, in a topic of 1000 partitions. */
async function partitionOf(key: Uint8Array): Promise<number | undefined> {
  const rig = new ProduceRig();
  rig.cluster.topics.set('out', new Array(1000).fill(1));
  void rig.producer.send('out', -1, recordOf('v', { key }));
  await turn();
  return rig.open().body.partitions[0]?.partition;
}

const MESSAGE_TOO_LARGE = 10;

describe('Producer, choosing a partition', () => {
  it('takes the one that is asked for, whatever the key', async () => {
    const rig = new ProduceRig();
    void rig.producer.send('out', 2, recordOf('v', { key: Buffer.from('k') }));
    await turn();
    assert.equal(rig.open(2).body.partitions[0]?.partition, 2);
  });

  it("takes the one that Java's clients take for the key", async () => {
    // Hashes from Kafka's own tests of murmur2; the partition is the hash without its sign bit, modulo.
    for (const [key, hash] of [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['abc', 479470107],
    ] as const) {
      assert.equal(await partitionOf(Buffer.from(key)), (hash & 0x7fffffff) % 1000);
    }
    // Bytes with the high bit, which Java reads as signed; computed with kafkajs's copy of Java's hash.
    assert.equal(await partitionOf(Buffer.from([0xff, 0x80, 0xfe, 0x90, 0xc3])), 55788464 % 1000);
    // An empty key is a key.
    assert.equal(await partitionOf(Buffer.alloc(0)), (275646681 & 0x7fffffff) % 1000);
  });

  it('takes them in turns without a key, each topic for itself', async () => {
    const rig = new ProduceRig();
    rig.cluster.topics.set('out', [1, 2]).set('other', [2, 2, 2]);
    const sent: string[] = [];
    for (const topic of ['out', 'other', 'out', 'other', 'out']) {
      void rig.producer.send(topic, -1, recordOf('v'));
      await turn();
      for (const id of [1, 2]) {
        const call = rig.cluster.broker(id).of('Produce').at(-1);
        if (!call || call.isAnswered) continue;
        sent.push(`${topic}/${call.body.partitions[0]?.partition}`);
        await rig.answer(0, id);
      }
    }
    assert.deepEqual(sent, ['out/0', 'other/0', 'out/1', 'other/1', 'out/0']);
  });

  it('refuses a partition that does not exist', async () => {
    const rig = new ProduceRig();
    await assert.rejects(rig.producer.send('out', 3, recordOf('v')), { code: 'MR341' });
    assert.equal(rig.producer.bytes, 0);
  });

  it('looks up a topic that it does not know, and says when that does not exist', async () => {
    const rig = new ProduceRig();
    rig.cluster.onAddTopics = ([topic]) => {
      if (topic === 'none') {
        return Promise.reject(Object.assign(new Error(), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }));
      }
      rig.cluster.topics.set('fresh', [2]);
      return Promise.resolve();
    };
    void rig.producer.send('fresh', -1, recordOf('v'));
    await turn();
    assert.equal(rig.open(2).body.partitions[0]?.topic, 'fresh');
    await assert.rejects(rig.producer.send('none', -1, recordOf('v')), {
      code: 'MR340',
      exit: 78,
      facts: { topic: 'none' },
    });
  });

  it('passes on why a topic can not be looked up', async () => {
    const rig = new ProduceRig();
    rig.cluster.onAddTopics = () => Promise.reject(new Error('no broker'));
    await assert.rejects(rig.producer.send('fresh', -1, recordOf('v')), { message: 'no broker' });
  });
});

describe('Producer, sending', () => {
  it('has a record sent when the broker says so, not before', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    await turn();
    assert.deepEqual([...rig.outcomes], []);
    assert(rig.producer.bytes > 0);
    await rig.answer();
    assert.deepEqual([...rig.outcomes], [['a', 'sent']]);
    assert.equal(rig.producer.bytes, 0);
  });

  it('writes key, value, headers and timestamp as they are: nulls, empty ones, repeats and their order', async () => {
    const rig = new ProduceRig();
    const bytes = Buffer.from([0, 255, 128]);
    const record = {
      key: bytes,
      value: null,
      headers: [
        ['b', null],
        ['a', Buffer.alloc(0)],
        ['b', bytes],
        ['', Buffer.from('é')],
      ],
      timestampMs: 1_700_000_000_001,
    } as const;
    void rig.producer.send('out', 0, record);
    await turn();
    const [found] = await recordsIn(rig.open());
    assert.deepEqual(found, {
      offset: 0n,
      timestamp: 1_700_000_000_001n,
      key: bytes,
      value: null,
      headers: record.headers.map(([name, value]) => [name, value]),
    });
  });

  it('waits for all replicas or for the leader, and compresses, as it is set', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    const other = new ProduceRig({ acks: 'leader', compression: 'gzip' });
    other.send(0, 'a'.repeat(5000));
    await turn();
    while (other.cluster.broker(1).calls.length === 0) await turn();
    assert.deepEqual([rig.open().body.acks, other.open().body.acks], [-1, 1]);
    assert(Number(other.open().body.partitions[0]?.set.byteLength) < 500);
    assert.deepEqual(await other.requests(), [`0: ${'a'.repeat(5000)}`]);
  });

  it('makes the next batch of what comes while one is on the way, in the order of the calls', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    await turn();
    rig.send(0, 'b', 'c');
    await turn();
    rig.send(0, 'd');
    await turn();
    await rig.answer();
    assert.deepEqual(await rig.requests(), ['0: a', '0: b c d']);
    await rig.answer();
    assert.equal(rig.outcomes.size, 4);
  });

  it('has one request on the way to a broker at a time, and one broker waits for no other', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    rig.send(1, 'b');
    rig.send(2, 'c');
    await turn();
    assert.deepEqual([await rig.requests(1), await rig.requests(2)], [['0: a, 1: b'], ['2: c']]);
    rig.send(1, 'd');
    await turn();
    assert.equal((await rig.requests(1)).length, 1);
    await rig.answer();
    assert.deepEqual(await rig.requests(1), ['0: a, 1: b', '1: d']);
  });

  it('has each partition of a request that is answered in part settled by its own answer', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    rig.send(1, 'b');
    await turn();
    await rig.answer({ 1: MESSAGE_TOO_LARGE });
    assert.deepEqual(
      [...rig.outcomes],
      [
        ['a', 'sent'],
        ['b', 'MESSAGE_TOO_LARGE'],
      ],
    );
  });

  it('sends all again when the answer lacks a partition', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    rig.send(1, 'b');
    await turn();
    rig.open().answer(answers.produce([{ topic: 'out', partition: 0 }]));
    await turn();
    rig.clock.advance(200);
    await turn();
    assert.deepEqual(await rig.requests(1), ['0: a, 1: b', '0: a, 1: b']);
  });

  it('splits what is more than a batch may hold, by bytes and by number', async () => {
    const rig = new ProduceRig();
    const big = (name: string): string => name.repeat(200 * 1024);
    rig.send(0, 'first');
    await turn();
    rig.send(0, big('a'), big('b'), big('c'), 'd');
    const many = Array.from({ length: 5001 }, (_, i) => `${i}`);
    rig.send(2, 'first-too');
    await turn();
    rig.send(2, ...many);
    await turn();
    await rig.answer();
    await rig.answer();
    await rig.answer(0, 2);
    await rig.answer(0, 2);
    assert.deepEqual(
      (await rig.requests()).map((text) => text.replace(/(.)\1+/g, '$1')),
      ['0: first', '0: a b', '0: c d'],
    );
    const sizes = (await rig.requests(2)).map((text) => text.split(' ').length - 1);
    assert.deepEqual(sizes, [1, 5000, 1]);
  });

  it('sends a record that is larger than a batch should be by itself', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'first');
    await turn();
    rig.send(0, 'x'.repeat(600 * 1024), 'y');
    await rig.answer();
    await rig.answer();
    const sizes = (await rig.requests()).map((text) => text.split(' ').length - 1);
    assert.deepEqual(sizes, [1, 1, 1]);
  });
});
