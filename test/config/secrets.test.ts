// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { secretsOf } from '../../src/config/secrets.ts';
import { brief, fileWith, folderWith } from './fixture.ts';

const yaml = `kafka:
  tls: { certFile: c, keyFile: k, passphrase: "\${PHRASE}" }
  sasl: { mechanism: plain, username: "\${USER_NAME}", password: "\${file:password}" }
${fileWith('options: { key: "${API_KEY}", list: ["${file:password}"], pin: "${file:pin}", plain: visible }')}`;
const files = { 'millrace.yaml': yaml, c: '', k: '', password: 'pa55-canary\n', pin: '1234567' };
const env = { PHRASE: 'phrase-canary', USER_NAME: 'alice', API_KEY: 'key-canary' };

test('secretsOf lists passwords, passphrases and what came from files and telling variables, longest first', (t) => {
  const { config, issues } = folderWith(t, files).read({ env });
  assert.deepEqual(brief(issues), []);
  assert.ok(config);
  assert.deepEqual(secretsOf(config), ['phrase-canary', 'pa55-canary', 'key-canary', '1234567']);
});

test('a configuration that was not read has no known secrets', (t) => {
  const { config } = folderWith(t, files).read({ env });
  assert.ok(config);
  assert.deepEqual(secretsOf({ ...config }), []);
});

test('printing a configuration shows no secret, reading and copying it gives them', (t) => {
  const { config } = folderWith(t, files).read({ env });
  assert.ok(config);
  for (const output of [JSON.stringify(config), inspect(config, { depth: null }), `${config}`]) {
    assert.doesNotMatch(output, /canary|1234567/);
  }
  assert.match(JSON.stringify(config), /"password":"\*\*\*"/);
  assert.match(JSON.stringify(config), /"plain":"visible"/);
  assert.equal(config.kafka.sasl?.password, 'pa55-canary');
  assert.equal({ ...config.kafka.sasl }.password, 'pa55-canary');
  assert.deepEqual(structuredClone(config.pipelines[0]?.options), {
    key: 'key-canary',
    list: ['pa55-canary'],
    pin: 1_234_567,
    plain: 'visible',
  });
});

test('an empty secret is refused', (t) => {
  const { issues } = folderWith(t, { ...files, password: '' }).read({ env });
  assert.deepEqual(
    brief(issues).map((text) => text.replace(/ \|.*/, '')),
    ['MR133 millrace.yaml:3:65 kafka.sasl.password: is empty (from ${file:password})'],
  );
});
