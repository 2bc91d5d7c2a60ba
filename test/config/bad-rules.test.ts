// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** Bad input: values that are right alone and wrong together. */
import { type Case, head, line, testAll, topics } from './corpus.ts';
import { fileWith, pipeline } from './fixture.ts';

const rules: readonly Case[] = [
  {
    name: 'a heartbeat that is not below a third of the session',
    yaml: fileWith().replace('groupId:', 'heartbeatInterval: 10s, groupId:'),
    problems: [
      'MR150 millrace.yaml:3:54 pipelines.orders: heartbeatInterval (10s) must be below a third of sessionTimeout (30s)',
    ],
  },
  line(
    'a drain that is as long as the rebalance',
    'rebalance: { drainTimeout: 60s }',
    'MR150 millrace.yaml:5:32 pipelines.orders: rebalance.drainTimeout (1m) must be below source.rebalanceTimeout (1m)',
    'MR150 millrace.yaml:5:32 pipelines.orders: rebalance.drainTimeout (1m) must be below shutdown.timeout (25s)',
  ),
  {
    name: 'a stop that is shorter than the drain',
    yaml: `shutdown: { timeout: 5s }\n${head}`,
    problems: [
      'MR150 millrace.yaml:1:22 pipelines.orders: rebalance.drainTimeout (10s) must be below shutdown.timeout (5s)',
    ],
  },
  line(
    'a backoff that ends below its beginning',
    'retry: { backoff: { initial: 10s, max: 1s } }',
    'MR150 millrace.yaml:5:44 ',
  ),
  line(
    'a buffer that is smaller than what one partition gives',
    'buffer: { maxBytes: 64KiB }',
    'MR150 millrace.yaml:5:25 ',
  ),
  line(
    'a stuck detector that is quicker than an attempt',
    'stuckAfter: 30s',
    'MR150 millrace.yaml:5:17 ',
  ),
  topics('a topic twice', '[a, a]', 'MR155 millrace.yaml:3:27 '),
  line('a sink that is the source', 'sink: { topic: orders }', 'MR152 millrace.yaml:5:20 '),
  {
    name: 'two pipelines that feed each other',
    yaml: `pipelines:\n${pipeline('a', 'sink: { topic: b }')}${pipeline('b', 'sink: { topic: a }')}`,
    problems: ['MR153 millrace.yaml:5:20 pipelines feed each other: a -> b -> a'],
  },
  {
    name: 'one group with two sets of topics',
    yaml: `pipelines:\n${pipeline('a')}${pipeline('b').replace('b-group', 'a-group')}`,
    problems: ['MR154 millrace.yaml:6:39 '],
  },
  {
    name: 'two pipelines that split the records of one group',
    yaml: `pipelines:\n${pipeline('a')}${pipeline('b').replace('"b"', '"a"').replace('b-group', 'a-group')}`,
    problems: ['MR154 millrace.yaml:6:39 '],
    isWarning: true,
  },
  {
    name: 'partitions of a topic that is not listed',
    yaml: fileWith().replace('groupId:', 'partitions: { other: [0] }, groupId:'),
    problems: ['MR156 millrace.yaml:3:'],
  },
  {
    name: 'partitions of a pattern',
    yaml: fileWith()
      .replace('["orders"]', '/a/')
      .replace('groupId:', 'partitions: { a: [0] }, groupId:'),
    problems: ['MR156 millrace.yaml:3:'],
  },
  line('more records than the threads can hold', 'concurrency: 49', 'MR158 millrace.yaml:5:18 '),
  {
    name: 'partitions for some of the topics only',
    yaml: fileWith()
      .replace('["orders"]', '[a, b]')
      .replace('groupId:', 'partitions: { a: [0] }, groupId:'),
    problems: ['MR156 millrace.yaml:3:31 pipelines.orders: source.partitions says nothing for b'],
  },
  {
    name: 'an instance id without a group',
    yaml: fileWith().replace('groupId:', 'instanceId: a, partitions: { orders: [0] }, groupId:'),
    problems: [
      'MR150 millrace.yaml:3:47 pipelines.orders: source.instanceId ("a") is of a member of the group, and with source.partitions there is none',
    ],
  },
  {
    name: 'one static member twice',
    yaml: `pipelines:\n${pipeline('a')}${pipeline('b')}`
      .replace('"b"', '"a"')
      .replace(/groupId: .-group/g, 'instanceId: one, groupId: g'),
    problems: [
      'MR154 millrace.yaml:6:',
      'MR161 millrace.yaml:6:42 pipelines a and b are both the member "one" of group g; the other is at millrace.yaml:3:42 | give each pipeline a groupId of its own, or another instanceId',
    ],
  },
  {
    name: 'one static member twice, by the defaults',
    yaml: `defaults: { source: { instanceId: one } }\npipelines:\n${pipeline('a')}${pipeline('b')}`
      .replace('"b"', '"a"')
      .replace('b-group', 'a-group'),
    problems: [
      'MR161 millrace.yaml:1:35 pipelines a and b are both the member "one" of group a-group; the other is at millrace.yaml:1:35',
      'MR154 millrace.yaml:7:39 ',
    ],
  },
  {
    name: 'a fetch that waits for more than it may bring',
    yaml: fileWith().replace('groupId:', 'fetch: { minBytes: 2MiB, maxBytes: 1MiB }, groupId:'),
    problems: [
      'MR150 millrace.yaml:3:54 pipelines.orders: source.fetch.minBytes (2MiB) must not be above maxBytes (1MiB)',
    ],
  },
  { name: 'no pipeline', yaml: 'pipelines: {}\n', problems: ['MR157 millrace.yaml:1:1 '] },
  {
    name: 'no pipeline that is enabled',
    yaml: fileWith('enabled: false'),
    problems: ['MR157 millrace.yaml:1:1 '],
  },
];

testAll(rules);
