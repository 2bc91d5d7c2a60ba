// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { brief, fileWith, folderOf, folderWith } from './fixture.ts';

test('--set lays a YAML scalar over the files, later ones over earlier ones', (t) => {
  const sets = [
    'pipelines.orders.concurrency=8',
    'pipelines.orders.timeout=5s',
    'pipelines.orders.timeout=6s',
    'http=false',
    'kafka.clientId="7"',
  ];
  const { config, issues } = folderOf(t, fileWith('concurrency: 2')).read({ sets });
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(
    [
      config?.pipelines[0]?.concurrency,
      config?.pipelines[0]?.timeoutMs,
      config?.http,
      config?.kafka.clientId,
    ],
    [8, 6_000, null, '7'],
  );
});

test('--set makes the sections that its path needs, and replaces what is no section', (t) => {
  const sets = ['kafka.tls.rejectUnauthorized=true', 'pipelines.orders.sink.topic=out'];
  const { config } = folderOf(t, `kafka: { tls: false }\n${fileWith()}`).read({ sets });
  assert.deepEqual(config?.kafka.tls, { rejectUnauthorized: true });
  assert.equal(config?.pipelines[0]?.sink?.topic, 'out');
});

test('everything after the first equals sign is the value, nothing is an empty text', (t) => {
  const { config } = folderOf(t, fileWith()).read({
    sets: ['pipelines.orders.options.q=a=b', 'pipelines.orders.options.e='],
  });
  assert.deepEqual({ ...Object(config?.pipelines[0]?.options) }, { q: 'a=b', e: '' });
});

test('variables and files are put in, and paths begin at the working directory', (t) => {
  const folder = folderWith(t, {
    'conf/millrace.yaml': fileWith(),
    'conf/h.ts': '',
    name: 'from-file\n',
  });
  const sets = ['kafka.clientId=${file:name}', 'pipelines.orders.handler=./h.ts'];
  const { config, issues } = folder.read({ files: ['conf/millrace.yaml'], sets });
  assert.deepEqual(brief(issues), []);
  assert.equal(config?.kafka.clientId, 'from-file');
  assert.equal(config?.pipelines[0]?.handler.file, join(folder.path, 'h.ts'));
});

test('a problem of a value names the option', (t) => {
  const { issues } = folderOf(t, fileWith()).read({
    sets: ['pipelines.orders.timeout=10', 'pipelines.orders.tiemout=10s'],
  });
  assert.deepEqual(brief(issues), [
    'MR135 --set pipelines.orders.timeout pipelines.orders.timeout: expected a duration from 10ms to 1d, got 10 | write the unit: 10s or 10ms',
    'MR130 --set pipelines.orders.tiemout unknown key "tiemout" in pipelines.orders | did you mean "timeout"?',
  ]);
});

test('what is no path and scalar is refused without showing the value', (t) => {
  const cases = {
    secretword: 'MR123 --set expected section.key=value',
    '=secretword': 'MR123 --set  expected section.key=value',
    'a..b=secretword': 'MR123 --set a..b expected section.key=value',
    'kafka.brokers=[secretword]':
      'MR123 --set kafka.brokers --set takes a single value, not a list or a map',
    'kafka.clientId={ a: secretword }':
      'MR123 --set kafka.clientId --set takes a single value, not a list or a map',
    'kafka.clientId="secretword': 'MR110 --set kafka.clientId missing closing "quote',
    'a.constructor.b=secretword':
      'MR116 --set a.constructor.b key "constructor" is refused everywhere',
  };
  for (const [option, problem] of Object.entries(cases)) {
    const [found = ''] = brief(folderOf(t, fileWith()).read({ sets: [option] }).issues);
    assert.ok(found.startsWith(problem), found);
    assert.ok(!found.includes('secretword'), found);
  }
});

test('an address of IPv6 needs quotes, and is not shown', (t) => {
  const read = (value: string): ReturnType<ReturnType<typeof folderOf>['read']> =>
    folderOf(t, fileWith()).read({ sets: [`kafka.brokers=${value}`] });
  assert.deepEqual(brief(read('[::1]:9092').issues), [
    `MR123 --set kafka.brokers a value that begins with [ is a list, unless it is in quotes | quote it for --set and for your shell, as in --set 'kafka.brokers="[::1]:9092"'`,
  ]);
  assert.deepEqual(read('"[::1]:9092,a:1"').config?.kafka.brokers, ['[::1]:9092', 'a:1']);
});
