import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childEnv, takeParent } from '../../src/cli/parent.ts';

test('a process knows the command that started it, and what it starts itself does not', (t) => {
  t.after(() => delete process.env['MILLRACE_PARENT']);
  Object.assign(process.env, childEnv('demo'));
  assert.equal(takeParent(), 'demo');
  assert.equal(takeParent(), null);
  Object.assign(process.env, childEnv('verify'));
  assert.equal(takeParent(), 'verify');
  process.env['MILLRACE_PARENT'] = 'other';
  assert.equal(takeParent(), null);
});
