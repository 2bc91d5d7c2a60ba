import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const loaded = (name: string): boolean =>
  Object.keys(createRequire(import.meta.url).cache).some((path) =>
    path.includes(`/node_modules/${name}/`),
  );

test('the log loads its packages only when it is opened, and the pretty one only when it is chosen', async () => {
  const { openLog } = await import('../../src/observe/log.ts');
  await import('../../src/observe/http.ts');
  await import('../../src/observe/log-signals.ts');
  assert.equal(loaded('pino'), false);
  const options = { level: 'info', redact: [], secrets: [], isTerminal: false } as const;
  await openLog({ ...options, format: 'json' });
  assert.equal(loaded('pino'), true);
  assert.equal(loaded('pino-pretty'), false);
  await openLog({ ...options, format: 'pretty' });
  assert.equal(loaded('pino-pretty'), true);
});
