// Writes down what it sees in a file that only grows, apart from the engine: a line when a record starts and one when it ends.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export default {
  setup({ options }) {
    return { file: openSync(options.file, 'a'), options };
  },
  async handle(record, { state }) {
    const { file, options } = state;
    const place = `${record.partition} ${record.offset} ${record.key} ${record.attempt} ${process.pid}`;
    writeSync(file, `S ${place} ${process.hrtime.bigint()}\n`);
    const ms = options.slowKey === record.key ? options.slowMs : (options.ms ?? 0);
    if (ms > 0) await wait(ms);
    writeSync(file, `E ${place} ${process.hrtime.bigint()}\n`);
  },
};
