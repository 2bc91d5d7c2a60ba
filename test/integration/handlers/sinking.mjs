// Returns and produces what the value of each record says, a JSON object: `return`, `returns` (an array), `message`, `messages` to
// topics, `failFirst`. Without an order it returns where the record came from.
import { openSync, writeSync } from 'node:fs';
import { message } from 'millrace';

const withBytes = ({ headers = [], ...content }) =>
  message({
    ...content,
    headers: headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]),
  });

export default {
  setup({ options }) {
    return openSync(options.file, 'a');
  },
  async handle(record, ctx) {
    const { partition, offset, key, value, attempt } = record;
    const place = `${partition} ${offset} ${key} ${attempt} ${process.pid}`;
    writeSync(ctx.state, `S ${place} ${process.hrtime.bigint()}\n`);
    const order = value.startsWith('{') ? JSON.parse(value) : { return: `${partition}/${offset}` };
    for (const [topic, content] of order.messages ?? []) await ctx.produce(topic, content);
    if (order.failFirst && attempt === 1) throw new Error('after it has produced');
    writeSync(ctx.state, `E ${place} ${process.hrtime.bigint()}\n`);
    if (order.message) return withBytes(order.message);
    return order.returns ?? order.return;
  },
};
