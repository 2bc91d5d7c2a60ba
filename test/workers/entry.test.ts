import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

/** A handler that logs what it sees of each record, with all bytes as hex. */
const SEES = `
  const hex = (bytes) => bytes && bytes.toString('hex');
  export default (record, ctx) => ctx.logger.info('saw', {
    place: record.topic + '/' + record.partition + '@' + record.offset,
    timestamp: record.timestamp,
    tries: record.attempt,
    key: hex(record.rawKey),
    value: hex(record.rawValue),
    headers: record.headers.map(([name, value]) => [name, hex(value)]),
  });
`;

const hex = (content: string | Uint8Array | null | undefined): string | null =>
  content == null ? null : Buffer.from(content).toString('hex');

test('a handler sees a record as it was sent, to the byte', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': SEES },
    spec: { deserialize: { key: 'bytes', value: 'bytes' } },
  });
  pool.pool.announce({ index: 4, topic: 'far', partition: 9, origin: 2n ** 62n });
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const records = [
    { key: 'k', value: bytes, headers: [['h', bytes]], timestamp: 12, offset: 5 },
    { key: null, value: null, timestamp: -1, offset: 7 },
    { key: '', value: '', offset: 2 ** 40 },
    {
      value: 'x',
      headers: [
        ['constructor', '1'],
        ['__proto__', null],
        ['', ''],
        ['constructor', '2'],
      ],
    },
  ] as const;
  pool.send(
    records.map((record) => ({ lane: 1, ...record })),
    { partition: 4, attempt: 3 },
  );
  const seen = await pool.logs('saw', 4);
  for (const [i, record] of records.entries()) {
    const offset = 2n ** 62n + BigInt('offset' in record ? record.offset : 2 ** 40 + 1);
    const { key, value, headers, place, tries } = seen[i] as Record<string, unknown>;
    assert.equal(place, `far/9@${offset}`);
    assert.equal(tries, 3);
    assert.equal(key, hex('key' in record ? record.key : null));
    assert.equal(value, hex(record.value));
    const sent = 'headers' in record ? record.headers : [];
    assert.deepEqual(
      headers,
      sent.map(([name, content]) => [name, hex(content)]),
    );
  }
  assert.equal(seen[0]?.['timestamp'], 12);
  assert.equal(seen[1]?.['timestamp'], -1);
});

test('a record with 10,000 headers holds nobody up', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ headers, header }, ctx) => ctx.logger.info('saw', { count: headers.length })`,
    },
  });
  const headers = Array.from({ length: 10_000 }, (_, i) => [`h${i}`, 'v'] as const);
  pool.send([{ value: 'x', headers }]);
  assert.equal((await pool.logs('saw'))[0]?.['count'], 10_000);
});

test('key and value are decoded as the pipeline says, null stays null', async (t) => {
  const source = `export default ({ key, value }, ctx) => ctx.logger.info('saw', { key, value, type: typeof value })`;
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': source },
    spec: { deserialize: { key: 'string', value: 'json' } },
  });
  pool.send([
    { key: 'ä', value: '{"a":[1]}' },
    { key: null, value: null },
    { key: '1', value: '{' },
    { key: '1', value: '' },
    { key: Uint8Array.of(0xff), value: '1' },
  ]);
  assert.deepEqual(await pool.verdicts(5), ['0 ack', '1 ack', '2 fail', '3 fail', '4 fail']);
  const seen = await pool.logs('saw', 2);
  assert.deepEqual([seen[0]?.['key'], seen[0]?.['value']], ['ä', { a: [1] }]);
  assert.deepEqual([seen[1]?.['key'], seen[1]?.['value']], [null, null]);
  for (const offset of [2, 3, 4]) {
    const { kind, mayRetry } = await pool.failure(offset);
    assert.deepEqual([kind, mayRetry], ['deserialize', false]);
  }
});

test('records run side by side up to the limit, and those of a lane one after another, in order', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        const gate = (ctx) => Atomics.waitAsync(new Int32Array(ctx.options.gate), 0, 0).value;
        let now = 0;
        export default async (record, ctx) => {
          ctx.logger.info('start', { now: ++now });
          await gate(ctx);
          await new Promise((resolve) => setTimeout(resolve, Number(record.offset * 7n % 5n)));
          now--;
          ctx.logger.info('end');
        };
      `,
    },
    spec: { concurrency: 4, options: { gate: gate.memory } },
  });
  const lanes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 31) % 7));
  pool.send(lanes.slice(0, 120).map((lane) => ({ lane })));
  pool.send(lanes.slice(120).map((lane, i) => ({ lane, offset: 120 + i })));
  await pool.logs('start', 4);
  gate.open();
  await pool.verdicts(200);
  const running = new Map<number, number>();
  const last = new Map<number, number>();
  let most = 0;
  for (const heard of pool.heard) {
    if (heard.type !== 'log') continue;
    const offset = Number(heard.fields['offset']);
    const lane = lanes[offset] as number;
    if (heard.message === 'end') {
      running.delete(lane);
      continue;
    }
    assert.ok(!running.has(lane), `${offset} runs beside another of its lane`);
    assert.ok(offset > (last.get(lane) ?? -1), `${offset} is out of order`);
    running.set(lane, offset);
    last.set(lane, offset);
    most = Math.max(most, running.size);
  }
  assert.equal(most, 4);
});

test('a large record and a full chunk pass as any other', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ rawValue }, ctx) => ctx.logger.info('saw', { bytes: rawValue.length })`,
    },
    spec: { deserialize: { key: 'bytes', value: 'bytes' } },
  });
  pool.send([{ value: new Uint8Array(10_000_000) }]);
  pool.send(Array.from({ length: 256 }, (_, i) => ({ value: 'x', offset: 1 + i })));
  await pool.verdicts(257);
  assert.equal((await pool.logs('saw', 257))[0]?.['bytes'], 10_000_000);
});
