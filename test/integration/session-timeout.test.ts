import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { CliProcess } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';

test('a session timeout that the broker does not take ends the start with 78, with its place', async (t) => {
  const broker = await EmbeddedBroker.start({
    topics: { orders: 1 },
    configs: { 'group.min.session.timeout.ms': '6000' },
  });
  t.after(() => broker.close());
  const cwd = await projectOf(t, {
    'handler.mjs': 'export default () => {};',
    'millrace.yaml': `version: 1
kafka: { brokers: "${broker.bootstrap}" }
http: false
pipelines:
  orders:
    source:
      topics: [orders]
      groupId: orders
      sessionTimeout: 3s
      heartbeatInterval: 500ms
    handler: ./handler.mjs
`,
  });
  const { code, stdout, stderr } = await CliProcess.result(t, ['run'], { cwd });
  assert.equal(code, 78, stdout + stderr);
  assert.match(stderr, /millrace\.yaml:9:23.*\n?.*MR313/s);
  assert.match(stderr, /group\.min\.session\.timeout\.ms/);
});
