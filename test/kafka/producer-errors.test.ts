import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { ProduceRig, recordOf, recordsOfBatch } from '../support/fake-producing.ts';
import { answers } from '../support/fake-wire.ts';

const REQUEST_TIMED_OUT = 7;
const NOT_LEADER = 6;
const MESSAGE_TOO_LARGE = 10;

/** Goes on by `ms` on the clock, and lets everything happen that follows. */
async function pass(rig: ProduceRig, ms: number): Promise<void> {
  rig.clock.advance(ms);
  await turn();
}

/** A producer whose request with these records, in one batch for out/0, is on the way. */
async function sending(...values: string[]): Promise<ProduceRig> {
  const rig = new ProduceRig();
  rig.send(0, 'first');
  await turn();
  rig.send(0, ...values);
  await rig.answer();
  return rig;
}

describe('Producer, when a batch fails', () => {
  it('sends it again after 200 ms, before anything that came later', async () => {
    const rig = await sending('a', 'b');
    rig.send(0, 'c');
    await rig.answer(REQUEST_TIMED_OUT);
    rig.send(0, 'd');
    await pass(rig, 199);
    assert.deepEqual(await rig.requests(), ['0: first', '0: a b']);
    await pass(rig, 1);
    assert.deepEqual(await rig.requests(), ['0: first', '0: a b', '0: a b c d']);
    await rig.answer();
    assert.deepEqual([...rig.outcomes.keys()], ['first', 'a', 'b', 'c', 'd']);
    assert.equal(rig.cluster.count('refresh'), 0);
  });

  it('holds up no other partition', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    rig.send(1, 'b');
    await turn();
    await rig.answer({ 0: REQUEST_TIMED_OUT });
    rig.send(1, 'c');
    await turn();
    await rig.answer();
    assert.deepEqual(
      [...rig.outcomes],
      [
        ['b', 'sent'],
        ['c', 'sent'],
      ],
    );
    assert.deepEqual(await rig.requests(), ['0: a, 1: b', '1: c']);
  });

  it('goes to the leader of now when the old one is none any more', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    await turn();
    rig.cluster.topics.set('out', [2, 1, 2]);
    await rig.answer(NOT_LEADER);
    assert.equal(rig.cluster.count('refresh'), 1);
    await pass(rig, 200);
    await rig.answer(0, 2);
    assert.deepEqual([...rig.outcomes], [['a', 'sent']]);
  });

  it('sends it again when the outcome is unknown, on a new connection', async () => {
    for (const [name, cuts] of [
      ['KafkaJSConnectionError', []],
      ['KafkaJSRequestTimeoutError', ['host-1:9092']],
    ] as const) {
      const rig = new ProduceRig();
      rig.send(0, 'a');
      await turn();
      rig.open().fail(clientError(name));
      await turn();
      assert.deepEqual(rig.cluster.log, ['remove host-1:9092', 'refresh']);
      assert.deepEqual(rig.client.cuts, cuts);
      await pass(rig, 200);
      await rig.answer();
      assert.deepEqual([...rig.outcomes], [['a', 'sent']]);
    }
  });

  it('waits for a leader while there is none, and for new metadata that do not come', async () => {
    const rig = new ProduceRig();
    rig.cluster.topics.set('out', [-1]);
    rig.cluster.onRefresh = () => Promise.reject(new Error('no broker'));
    rig.send(0, 'a');
    await turn();
    await pass(rig, 200);
    assert.equal(rig.cluster.count('refresh'), 2);
    rig.cluster.topics.set('out', [2]);
    await pass(rig, 200);
    await rig.answer(0, 2);
    assert.deepEqual([...rig.outcomes], [['a', 'sent']]);
  });

  it('gives up the record that the broker refuses, with its reason', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    await turn();
    rig.send(0, 'b');
    await rig.answer(MESSAGE_TOO_LARGE);
    await rig.answer();
    assert.deepEqual(
      [...rig.outcomes],
      [
        ['a', 'MESSAGE_TOO_LARGE'],
        ['b', 'sent'],
      ],
    );
    assert.equal(rig.producer.bytes, 0);
  });

  it('gives up a record that can not be written, and sends the others', async () => {
    const rig = await sending('a');
    const broken = rig.producer.send('out', 0, recordOf('b', { timestampMs: Number.NaN }));
    const refused = assert.rejects(broken, /whole number of milliseconds/);
    rig.send(0, 'c');
    await rig.answer();
    for (let i = 0; i < 3; i++) await pass(rig, 200);
    await rig.answer();
    await refused;
    assert.deepEqual(await rig.requests(), ['0: first', '0: a', '0: c']);
    assert.equal(rig.outcomes.get('c'), 'sent');
    assert.deepEqual(rig.cluster.log, []);
  });

  it('sends the records of a refused batch one by one, in their order, and gives up only the one to blame', async () => {
    const rig = await sending('a', 'b', 'c');
    rig.send(0, 'd', 'e');
    await rig.answer(MESSAGE_TOO_LARGE);
    for (const code of [0, MESSAGE_TOO_LARGE, 0, 0]) {
      await pass(rig, 200);
      await rig.answer(code);
    }
    assert.deepEqual(await rig.requests(), [
      '0: first',
      '0: a b c',
      '0: a',
      '0: b',
      '0: c',
      '0: d e',
    ]);
    assert.deepEqual(
      [...rig.outcomes],
      [
        ['first', 'sent'],
        ['a', 'sent'],
        ['b', 'MESSAGE_TOO_LARGE'],
        ['c', 'sent'],
        ['d', 'sent'],
        ['e', 'sent'],
      ],
    );
  });

  it('still sends the rest of a refused batch one by one after one of them had to be sent again', async () => {
    const rig = await sending('a', 'b', 'c');
    await rig.answer(MESSAGE_TOO_LARGE);
    for (const code of [REQUEST_TIMED_OUT, 0, MESSAGE_TOO_LARGE, 0]) {
      await pass(rig, 200);
      await rig.answer(code);
    }
    assert.deepEqual(await rig.requests(), [
      '0: first',
      '0: a b c',
      '0: a',
      '0: a',
      '0: b',
      '0: c',
    ]);
    assert.deepEqual(rig.outcomes.get('b'), 'MESSAGE_TOO_LARGE');
  });

  it('loses and reorders nothing, whatever the broker answers', async () => {
    const answer = fc.constantFrom(
      0,
      0,
      REQUEST_TIMED_OUT,
      NOT_LEADER,
      MESSAGE_TOO_LARGE,
      'lost',
      'unsent',
    );
    const step = fc.record({ partition: fc.nat(2), count: fc.nat(3), answer });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const rig = new ProduceRig();
        const sent: string[][] = [[], [], []];
        const logs: string[][] = [[], [], []];
        let next = 0;
        const settle = async (outcome: (typeof steps)[number]['answer']): Promise<void> => {
          for (const id of [1, 2]) {
            const [call] = rig.cluster
              .broker(id)
              .of('Produce')
              .filter(({ isAnswered }) => !isAnswered);
            if (!call) continue;
            const places = call.body.partitions;
            for (const { partition, set } of places) {
              const texts = (await recordsOfBatch(set)).map(({ value }) => String(value));
              if (outcome === 0 || outcome === 'lost') logs[partition]?.push(...texts);
            }
            if (typeof outcome === 'number') {
              call.answer(answers.produce(places.map((place) => ({ ...place, error: outcome }))));
            } else call.fail(clientError('KafkaJSConnectionError'));
          }
          await turn();
          await pass(rig, 200);
        };
        for (const { partition, count, answer: outcome } of steps) {
          const values = Array.from({ length: count }, () => String(next++));
          sent[partition]?.push(...values);
          rig.send(partition, ...values);
          await turn();
          await settle(outcome);
        }
        while (rig.outcomes.size < next) await settle(0);
        for (const [partition, values] of sent.entries()) {
          const log = [...new Set(logs[partition])];
          // A record whose answer was lost may be there twice, but its first place is in order.
          assert.deepEqual(
            log,
            values.filter((value) => log.includes(value)),
          );
          for (const value of values) {
            const isThere = log.includes(value);
            assert(rig.outcomes.get(value) === 'sent' ? isThere : true, `${value} is not there`);
          }
        }
        assert.equal(rig.producer.bytes, 0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('Producer.close', () => {
  it('rejects what waits and what comes, and tells of what is on the way', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'on its way');
    await turn();
    rig.send(0, 'waits');
    rig.send(2, 'too');
    await turn();
    rig.producer.close();
    rig.send(0, 'late');
    await turn();
    assert.deepEqual(
      [...rig.outcomes],
      [
        ['waits', 'MR342'],
        ['late', 'MR342'],
      ],
    );
    await rig.answer();
    await rig.answer(MESSAGE_TOO_LARGE, 2);
    assert.deepEqual(
      [rig.outcomes.get('on its way'), rig.outcomes.get('too')],
      ['sent', 'MESSAGE_TOO_LARGE'],
    );
    assert.equal(rig.producer.bytes, 0);
  });

  it('rejects what would have to be sent again', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    await turn();
    rig.producer.close();
    await rig.answer(REQUEST_TIMED_OUT);
    await pass(rig, 1000);
    assert.deepEqual([...rig.outcomes], [['a', 'MR342']]);
    assert.equal((await rig.requests()).length, 1);
  });

  it('sends nothing more for a partition that waited for its broker', async () => {
    const rig = new ProduceRig();
    rig.send(0, 'a');
    rig.send(1, 'b');
    await turn();
    rig.producer.close();
    await rig.answer();
    await pass(rig, 1000);
    assert.equal(rig.cluster.broker(1).of('Produce').length, 1);
    assert.deepEqual(rig.cluster.log, []);
  });
});
