// Does harm where the key says so, once per process tree: a marker file remembers that it was done.
import { existsSync, openSync, writeFileSync, writeSync } from 'node:fs';

const once = (marker) => {
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
};

export default {
  setup({ options }) {
    return { file: openSync(options.file, 'a'), options };
  },
  async handle(record, { state }) {
    const { file, options } = state;
    const place = `${record.partition} ${record.offset} ${record.key} ${record.attempt} ${process.pid}`;
    writeSync(file, `S ${place} ${process.hrtime.bigint()}\n`);
    if (record.key === 'exit' && once(`${options.file}.exit`)) process.exit(3);
    if (record.key === 'heap' && once(`${options.file}.heap`)) {
      const hoard = [];
      for (;;) hoard.push({ a: hoard.length, b: [hoard.length] });
    }
    if (record.key === 'burn') {
      const until = performance.now() + options.burnMs;
      while (performance.now() < until);
    }
    if (record.key === 'hang' && once(`${options.file}.hang`)) await new Promise(() => {});
    if (record.key === 'loop' && once(`${options.file}.loop`)) for (;;);
    writeSync(file, `E ${place} ${process.hrtime.bigint()}\n`);
  },
};
