// Writes down what each record looked like: one JSON line.
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';

const hash = (bytes) => (bytes === null ? null : createHash('sha1').update(bytes).digest('hex'));

export default {
  setup({ options }) {
    return { file: openSync(options.file, 'a') };
  },
  handle(record, { state }) {
    const { topic, partition, offset, key, value, headers, timestamp } = record;
    const line = {
      topic,
      partition,
      offset: String(offset),
      key: key === null ? null : key.toString(),
      value: hash(value),
      bytes: value === null ? null : value.length,
      headers: headers.length,
      names: [...new Set(headers.map(([name]) => name))].slice(0, 5),
      nulls: headers.filter(([, each]) => each === null).length,
      proto: record.header('__proto__') ?? null,
      constructor: record.header('constructor') ?? null,
      timestamp,
    };
    writeSync(state.file, `${JSON.stringify(line)}\n`);
  },
};
