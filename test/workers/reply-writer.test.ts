import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokenOf } from '../../src/contract/chunk.ts';
import { OUTPUT_FIELDS, type Reply } from '../../src/contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../../src/contract/verdict.ts';
import { ReplyWriter } from '../../workers/reply-writer.ts';

const failure = (message: string): Failure => ({
  kind: 'error',
  error: { name: 'Error', message, code: null, stack: null },
  mayRetry: true,
  afterMs: null,
});

/** Verdicts of a reply one by one: token and verdict. */
function each(reply: Reply | null): [number, number][] {
  const runs = [...(reply?.runs ?? [])];
  const all: [number, number][] = [];
  for (let i = 0; i < runs.length; i += 3) {
    const [token = 0, count = 0, verdict = 0] = runs.slice(i, i + 3);
    for (let k = 0; k < count; k++) all.push([token + k, verdict]);
  }
  return all;
}

test('a reply says of each record what was decided, in that order', () => {
  const token = fc.tuple(fc.nat(3), fc.nat(255)).map(([page, place]) => tokenOf(page, place));
  const verdict = fc.constantFrom(...Object.values(VERDICT));
  const steps = fc.array(fc.tuple(token, verdict), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (list) => {
      const writer = new ReplyWriter();
      for (const [at, what] of list) {
        if (what === VERDICT.fail) writer.fail(at, what, failure(String(at)));
        else writer.add(at, what);
      }
      assert.equal(writer.size, list.length);
      const reply = writer.take();
      assert.deepEqual(each(reply), list);
      const failed = list.filter(([, what]) => what === VERDICT.fail);
      assert.deepEqual(
        reply?.failures.map((entry) => entry.token) ?? [],
        failed.map(([at]) => at),
      );
    }),
  );
});

test('a chunk that was all acknowledged in order is one run', () => {
  const writer = new ReplyWriter();
  for (let place = 0; place < 256; place++) writer.add(tokenOf(5, place), VERDICT.ack);
  assert.deepEqual([...(writer.take()?.runs ?? [])], [tokenOf(5, 0), 256, VERDICT.ack]);
});

test('a run ends with its chunk, although the next chunk has the next tokens', () => {
  const writer = new ReplyWriter();
  writer.add(tokenOf(5, 255), VERDICT.ack);
  writer.add(tokenOf(6, 0), VERDICT.ack);
  const { runs } = writer.take() as Reply;
  assert.deepEqual([...runs], [tokenOf(5, 255), 1, VERDICT.ack, tokenOf(6, 0), 1, VERDICT.ack]);
});

test('a failed record never joins a run', () => {
  const writer = new ReplyWriter();
  for (const place of [0, 1]) writer.fail(place, VERDICT.fail, failure('no'));
  assert.deepEqual([...(writer.take()?.runs ?? [])], [0, 1, VERDICT.fail, 1, 1, VERDICT.fail]);
});

test('what was taken is gone, and nothing is taken when nothing was said', () => {
  const writer = new ReplyWriter();
  writer.add(1, VERDICT.ack);
  assert.notEqual(writer.take(), null);
  assert.equal(writer.take(), null);
  assert.equal(writer.size, 0);
});

test('outputs travel in one buffer, each with its record, topic, partition and time', () => {
  const writer = new ReplyWriter();
  const output = (topic: string, text: string) => ({
    topic,
    partition: -1,
    timestamp: 2 ** 41,
    body: Uint8Array.from(Buffer.from(text)),
  });
  const produced: Verdict = VERDICT.produced;
  writer.add(7, produced);
  writer.produce(7, [output('audit', 'one'), output('priced', '')]);
  writer.add(8, produced);
  writer.produce(8, [{ ...output('audit', 'three'), partition: 4 }]);
  const { outputs } = writer.take() as Reply;
  assert.ok(outputs);
  assert.deepEqual(outputs.topics, ['audit', 'priced']);
  assert.deepEqual([...outputs.timestamp], [2 ** 41, 2 ** 41, 2 ** 41]);
  const rows = [0, 1, 2].map((i) => {
    const row = outputs.index.subarray(i * OUTPUT_FIELDS, (i + 1) * OUTPUT_FIELDS);
    const [token, topic = 0, partition, start, end] = row;
    const text = Buffer.from(outputs.bytes.subarray(start, end)).toString();
    return [token, outputs.topics[topic], partition, text];
  });
  assert.deepEqual(rows, [
    [7, 'audit', -1, 'one'],
    [7, 'priced', -1, ''],
    [8, 'audit', 4, 'three'],
  ]);
});
