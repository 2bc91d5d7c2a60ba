/**
 * A process that logs more than a pipe holds, or to nobody, and tells on its standard error how it went: started by
 * `output.test.ts`.
 */
import { openLog } from '../../src/observe/log.ts';

const log = await openLog({
  level: 'info',
  format: 'json',
  redact: [],
  secrets: [],
  isTerminal: false,
});
let turns = 0;
const step = (): void => {
  for (let i = 0; i < 100; i++) log.info('x'.repeat(1000), { turns, i });
  if (++turns < 100) setImmediate(step);
  else void end();
};
const end = async (): Promise<void> => {
  await log.close();
  process.stderr.write(JSON.stringify({ turns, dropped: log.dropped }), () => process.exit(0));
};
step();
