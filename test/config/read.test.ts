// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fields } from '../../src/config/field.ts';
import { fields } from '../../src/config/fields.ts';
import { readConfig } from '../../src/config/read.ts';
import type { MillraceConfig } from '../../src/contract/config.ts';
import { brief, fileWith, folderOf, folderWith, pipeline } from './fixture.ts';

/** What the defaults are, as documented; the pipeline is the one of `config/pipeline.yaml`. */
function defaultsFor(handler: string): MillraceConfig {
  return {
    kafka: {
      brokers: ['localhost:9092'],
      clientId: 'millrace',
      tls: null,
      sasl: null,
      connectTimeoutMs: 10_000,
    },
    http: { host: '127.0.0.1', port: 'auto', metrics: true },
    logging: { level: 'info', format: 'auto', redact: [] },
    shutdown: { timeoutMs: 25_000 },
    workers: { threads: 3, concurrencyPerThread: 16, maxHeapBytes: null },
    pipelines: [
      {
        id: 'orders',
        source: {
          topics: ['orders'],
          pattern: null,
          groupId: 'orders-svc',
          instanceId: null,
          partitions: null,
          autoOffsetReset: 'earliest',
          onOffsetLost: 'stop',
          isolationLevel: 'readCommitted',
          discoveryIntervalMs: 30_000,
          sessionTimeoutMs: 30_000,
          heartbeatIntervalMs: 2_000,
          rebalanceTimeoutMs: 60_000,
          fetch: {
            maxBytes: 16_777_216,
            maxPartitionBytes: 1_048_576,
            maxWaitMs: 100,
            minBytes: 1,
          },
        },
        deserialize: { key: 'string', value: 'json' },
        handler: { file: handler, exportName: null },
        options: Object.create(null),
        ordering: 'key',
        concurrency: 48,
        buffer: { maxRecords: 50_000, maxBytes: 67_108_864 },
        maxUncommitted: 10_000,
        timeoutMs: 30_000,
        retry: {
          maxAttempts: 5,
          backoff: { type: 'exponential', initialMs: 200, maxMs: 30_000, factor: 2, jitter: 0.2 },
          notOn: [],
        },
        onFailure: 'halt',
        sink: null,
        commit: { mode: 'interval', intervalMs: 1_000 },
        rebalance: { drainTimeoutMs: 10_000 },
        stuckAfterMs: 60_000,
        workers: null,
      },
    ],
  };
}

const reference = readFileSync(join(import.meta.dirname, '../../../config/pipeline.yaml'), 'utf8');

test('three keys are enough, and everything else has its documented default', (t) => {
  const yaml =
    'pipelines:\n  orders:\n    source: { topics: [orders], groupId: orders-svc }\n    handler: ./h.ts\n';
  const folder = folderOf(t, yaml);
  const { config, issues } = folder.read();
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(config, defaultsFor(join(folder.path, 'h.ts')));
});

test('config/pipeline.yaml holds the defaults', (t) => {
  const folder = folderWith(t, { 'millrace.yaml': reference, 'handlers/orders.ts': '' });
  const { config, issues } = folder.read();
  assert.deepEqual(brief(issues), []);
  assert.deepEqual(config, defaultsFor(join(folder.path, 'handlers/orders.ts')));
});

test('the examples in config/pipeline.yaml are valid and become the configuration that they say', (t) => {
  const folder = folderWith(t, {
    'millrace.yaml': withExamples(reference),
    'handlers/orders.ts': '',
    'tls/ca.pem': 'ca',
    'tls/client.pem': 'cert',
    'tls/client.key': 'key',
    'tls/passphrase': 'open sesame\n',
  });
  const sets = ['kafka.sasl.password=hunter2'];
  const { config, issues } = folder.read({ env: { KAFKA_USER: 'svc' }, sets });
  assert.deepEqual(brief(issues), []);
  const plain = defaultsFor(join(folder.path, 'handlers/orders.ts'));
  const [orders] = plain.pipelines;
  assert.ok(orders);
  const expected: MillraceConfig = {
    ...plain,
    kafka: {
      ...plain.kafka,
      tls: {
        caFile: join(folder.path, 'tls/ca.pem'),
        certFile: join(folder.path, 'tls/client.pem'),
        keyFile: join(folder.path, 'tls/client.key'),
        passphrase: 'open sesame',
        servername: 'kafka.example.com',
        rejectUnauthorized: true,
      },
      sasl: { mechanism: 'scram-sha-512', username: 'svc', password: 'hunter2' },
    },
    pipelines: [
      {
        ...orders,
        source: {
          ...orders.source,
          partitions: Object.assign(Object.create(null), { orders: [0, 1] }),
        },
        concurrency: 2,
        sink: {
          topic: 'orders-enriched',
          serialize: 'json',
          acks: 'all',
          compression: 'none',
          partitioner: 'murmur2',
        },
        workers: { threads: 2, concurrencyPerThread: 1, maxHeapBytes: 536_870_912 },
      },
    ],
  };
  assert.deepEqual(config, expected);
});

/** The reference with its examples in force: a line `#key:` without its mark, in place of the line with that default. */
function withExamples(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^ *(?:tls: false|partitions: \{\})$/.test(line))
    .map((line) => line.replace(/^( *)#(?=(?: {2})*[a-zA-Z#])/, '$1'))
    .join('\n');
}

test('config/pipeline.yaml shows every key of the field table', () => {
  const shown = new Set(
    reference.split('\n').flatMap((line) => /^ *#? *([A-Za-z]+):/.exec(line)?.[1] ?? []),
  );
  const missing = keysOf(fields).filter((key) => !shown.has(key));
  assert.deepEqual(missing, []);
});

function keysOf(table: Fields): string[] {
  return Object.entries(table).flatMap(([name, field]) => {
    const inner = field.type === 'entries' ? field.of : field;
    return [name, ...(inner.type === 'map' ? keysOf(inner.fields) : [])];
  });
}

test('an instance id may come from a variable, look like a number, or be empty', (t) => {
  for (const [name, instanceId] of [
    ['pod-0', 'pod-0'],
    ['0123', '0123'],
    ['7', '7'],
    ['', null],
  ] as const) {
    const yaml = fileWith().replace('groupId:', 'instanceId: "${HOSTNAME}", groupId:');
    const { config, issues } = folderOf(t, yaml).read({ env: { HOSTNAME: name } });
    assert.deepEqual(brief(issues), []);
    assert.equal(config?.pipelines[0]?.source.instanceId, instanceId);
  }
});

test('the configuration is frozen to its leaves', (t) => {
  const { config } = folderOf(t, fileWith('options: { list: [{ deep: 1 }] }')).read();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp) return;
    assert.ok(Object.isFrozen(value));
    for (const inner of Object.values(value)) walk(inner);
  };
  assert.ok(config);
  walk(config);
});

test('pipelines come in the order of the file, without those that are not enabled', (t) => {
  const yaml = `pipelines:\n${pipeline('9')}${pipeline('b', 'enabled: false')}${pipeline('a')}${pipeline('1')}`;
  const { config } = folderOf(t, yaml).read();
  assert.deepEqual(
    config?.pipelines.map(({ id }) => id),
    ['9', 'a', '1'],
  );
});

test('every problem is reported in one run, in the order of the lines', (t) => {
  const yaml = [
    'pipelines:',
    '  orders:',
    '    concurency: 8',
    '    ordering: keys',
    '    source: { topics: [] }',
    '    retry: { maxAttempts: "${TRIES}" }',
    '    handler: ./missing.ts',
    '',
  ].join('\n');
  assert.deepEqual(brief(folderOf(t, yaml).read({ env: { TRIES: 'five' } }).issues), [
    'MR130 millrace.yaml:3:5 unknown key "concurency" in pipelines.orders | did you mean "concurrency"?',
    'MR134 millrace.yaml:4:15 pipelines.orders.ordering: "keys" is not one of key, partition, none | did you mean "key"?',
    'MR131 millrace.yaml:5:5 pipelines.orders.source.groupId is missing | write groupId: text',
    'MR133 millrace.yaml:5:23 pipelines.orders.source.topics: needs at least one topic',
    'MR132 millrace.yaml:6:27 pipelines.orders.retry.maxAttempts: expected a whole number from 0 to 1000000, got "five" (from ${TRIES})',
    'MR171 millrace.yaml:7:14 handler ./missing.ts does not exist',
  ]);
});

test('a missing file is a problem that says what to do', (t) => {
  const { config, issues } = folderOf(t, '').read({ files: ['other.yaml'] });
  assert.equal(config, null);
  assert.deepEqual(brief(issues), [
    'MR101 other.yaml:1:1 file other.yaml does not exist | write it, or name another file with -c',
  ]);
});

test('a warning does not keep the configuration from being used', (t) => {
  const yaml = `kafka: { sasl: { mechanism: plain, username: u, password: "\${PW}" } }\n${fileWith()}`;
  const { config, issues } = folderOf(t, yaml).read({ env: { PW: 'x' } });
  assert.deepEqual(
    issues.map(({ code, severity }) => [code, severity]),
    [['MR182', 'warn']],
  );
  assert.ok(config);
});

test('locate gives the place of a value, of a map at its key, and of what is not there at its parent', (t) => {
  const yaml = fileWith('sink:', '  topic: out');
  const { locate } = folderOf(t, yaml).read();
  const at = (...path: string[]): string => {
    const { file, line, col } = locate(path);
    return `${file}:${line}:${col}`;
  };
  assert.equal(at('pipelines', 'orders', 'sink', 'topic'), 'millrace.yaml:6:14');
  assert.equal(at('pipelines', 'orders', 'sink'), 'millrace.yaml:5:5');
  assert.equal(at('pipelines', 'orders', 'sink', 'acks'), 'millrace.yaml:5:5');
  assert.equal(at('pipelines', 'orders', 'source', 'topics', '0'), 'millrace.yaml:3:24');
  assert.equal(at('http', 'port'), 'millrace.yaml:1:1');
});

test('a problem that is found later is placed at its key', (t) => {
  const { issueAt } = folderOf(t, fileWith()).read();
  const issue = issueAt(
    ['pipelines', 'orders', 'handler'],
    'MR201',
    'no default export',
    'export one',
  );
  assert.deepEqual(brief([issue]), ['MR201 millrace.yaml:4:14 no default export | export one']);
  assert.deepEqual(issue.excerpt, { text: '    handler: ./h.ts', caret: 13, width: 6 });
});

test('problems of files that cannot be read have a place all the same', (t) => {
  const { locate, issueAt } = folderOf(t, '').read({ files: ['gone.yaml'] });
  assert.deepEqual(locate(['kafka']), { file: 'gone.yaml', line: 1, col: 1, length: 0 });
  assert.equal(issueAt(['kafka'], 'MR101', 'x').excerpt, null);
});

test('a value under defaults is reported once, though every pipeline has it', (t) => {
  const yaml = `defaults:\n  timeout: 10 s\npipelines:\n${pipeline('a')}${pipeline('b')}`;
  assert.deepEqual(brief(folderOf(t, yaml).read().issues), [
    'MR135 millrace.yaml:2:12 defaults.timeout: expected a duration from 10ms to 1d, got "10 s" | write 10s',
  ]);
});

test('the CPUs of the machine are found when none are given', (t) => {
  const folder = folderOf(t, fileWith());
  const { config } = readConfig({ files: ['millrace.yaml'], cwd: folder.path, env: {} });
  assert.ok((config?.workers.threads ?? 0) >= 1);
});

test('nothing that is read reaches the prototype of objects', (t) => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const yaml = `${fileWith('options: { __proto__: { x: 1 }, a: { constructor: { prototype: { x: 1 } } } }')}? __proto__\n: { x: 1 }\n`;
  const sets = [
    '__proto__.x=1',
    'pipelines.__proto__.x=1',
    'pipelines.orders.options.a.constructor.x=1',
  ];
  assert.equal(folderOf(t, yaml).read({ sets }).config, null);
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
  const { config } = folderOf(t, fileWith('options: { hasOwnProperty: 1 }')).read();
  assert.equal(Object.getPrototypeOf(config?.pipelines[0]?.options), null);
});
