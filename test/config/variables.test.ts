// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, fileWith, folderWith } from './fixture.ts';

const yaml = `kafka: { clientId: "\${ID}" }\n${fileWith()}`;

test('a file of variables is read, with comments, quotes and export', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': yaml,
    '.env': '# names\nexport ID="from file" # here\nOTHER=x\n',
  });
  assert.equal(folder.read({ envFile: '.env' }).config?.kafka.clientId, 'from file');
});

test('the environment wins over the file', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': yaml, '.env': 'ID=file\n' });
  assert.equal(folder.read({ envFile: '.env', env: { ID: 'env' } }).config?.kafka.clientId, 'env');
});

test('a file of variables that is missing or no text is a problem', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': fileWith(), binary: new Uint8Array([0, 1, 2]) });
  assert.deepEqual(brief(folder.read({ envFile: 'gone' }).issues), [
    'MR101 --env-file file gone does not exist',
  ]);
  assert.equal(folder.read({ envFile: 'binary' }).issues[0]?.code, 'MR104');
});

test('a variable that only Node itself would take is warned of, and still a variable', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': yaml,
    '.env': 'ID=file\nexport NODE_OPTIONS=--require=./gone.cjs\n',
  });
  const { config, issues } = folder.read({ envFile: '.env' });
  assert.equal(config?.kafka.clientId, 'file');
  assert.deepEqual(brief(issues), [
    'MR124 .env:2:8 NODE_OPTIONS acts on Node when it was started without --, and never otherwise | set it in the environment, where it always acts',
  ]);
  assert.equal(issues[0]?.severity, 'warn');
});

test('brokers come from KAFKA_BROKERS when the file does not name them', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': fileWith() });
  const read = (brokers: string): unknown =>
    folder.read({ env: { KAFKA_BROKERS: brokers } }).config?.kafka.brokers;
  assert.deepEqual(read('a:1, b:2'), ['a:1', 'b:2']);
  assert.deepEqual(read('[::1]:9092,[fe80::1%eth0]:1'), ['[::1]:9092', '[fe80::1%eth0]:1']);
  assert.deepEqual(brief(folder.read({ env: { KAFKA_BROKERS: 'nonsense' } }).issues), [
    'MR142 millrace.yaml:1:1 kafka.brokers.0: expected host:port, got "nonsense" (from ${KAFKA_BROKERS}) | write nonsense:9092',
  ]);
});
