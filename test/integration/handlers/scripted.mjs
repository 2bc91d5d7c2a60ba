// Does what the value of each record says, a JSON object, and writes down like witness.mjs when it starts and ends. With
// `byTopic`, each topic has a file of its own. What else there is to tell goes into a file beside it: a JSON line each.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { NonRetryableError, RetryableError } from 'millrace';

const orderOf = (value) => {
  if (typeof value !== 'string') return value ?? {};
  return value.startsWith('{') ? JSON.parse(value) : {};
};

const untilAborted = (signal) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

export default {
  setup({ options }) {
    const files = new Map();
    const open = (name) => {
      if (!files.has(name)) files.set(name, openSync(name, 'a'));
      return files.get(name);
    };
    return { open, options };
  },
  async handle(record, ctx) {
    const { open, options } = ctx.state;
    const name = options.byTopic ? `${options.file}.${record.topic}` : options.file;
    const { topic, partition, offset, key, attempt } = record;
    const place = `${partition} ${offset} ${key} ${attempt} ${process.pid}`;
    const note = (what) => {
      const line = { topic, partition, offset: String(offset), attempt, ...what };
      writeSync(open(`${options.file}.notes`), `${JSON.stringify(line)}\n`);
    };
    writeSync(open(name), `S ${place} ${process.hrtime.bigint()}\n`);
    const order = orderOf(record.value);
    if (order.waitMs) await wait(order.waitMs);
    if (order.hang && !options.mended) {
      await untilAborted(ctx.signal).catch((reason) => {
        note({ aborted: reason.code });
        throw reason;
      });
    }
    if (order.forever) await new Promise(() => {});
    if (order.fatal) throw new NonRetryableError('not worth another try');
    if (order.after && attempt === 1) throw new RetryableError('later', { after: order.after });
    if (order.retry && attempt === 1) ctx.retry({ after: order.retry });
    if (order.skip) ctx.skip('not for us');
    if (attempt <= (options.mended ? 0 : (order.fail ?? 0)))
      throw new RangeError(`attempt ${attempt} of ${offset} fails`);
    writeSync(open(name), `E ${place} ${process.hrtime.bigint()}\n`);
  },
};
