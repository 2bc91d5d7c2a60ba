// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** Bad input: keys and values that are wrong by themselves. */
import { CANARY, type Case, head, instanceId, line, testAll, topics } from './corpus.ts';
import { fileWith } from './fixture.ts';

const values: readonly Case[] = [
  {
    name: 'the key __proto__',
    yaml: `${head}__proto__: { x: 1 }\n`,
    problems: ['MR116 millrace.yaml:5:1 '],
  },
  line(
    'constructor.prototype in free data',
    'options: { constructor: { prototype: { x: 1 } } }',
    'MR116 millrace.yaml:5:16 ',
    'MR116 millrace.yaml:5:31 ',
  ),
  {
    name: '__proto__ by --set',
    yaml: head,
    request: { sets: [`__proto__.x=${CANARY}`] },
    problems: ['MR116 --set __proto__.x '],
  },
  line('an unknown key', 'tracing: { enabled: true }', 'MR130 millrace.yaml:5:5 '),
  line(
    'deadLetter, which is not there yet',
    'deadLetter: { topic: x-dlt }',
    'MR130 millrace.yaml:5:5 ',
  ),
  line(
    'a key that every object has',
    'toString: 1\nhasOwnProperty: 1',
    'MR130 millrace.yaml:5:5 ',
    'MR130 millrace.yaml:6:5 ',
  ),
  line(
    'a misspelt key',
    'concurency: 8',
    'MR130 millrace.yaml:5:5 unknown key "concurency" in pipelines.orders | did you mean "concurrency"?',
  ),
  line(
    'a key in the wrong case',
    'OnFailure: halt',
    'MR130 millrace.yaml:5:5 unknown key "OnFailure" in pipelines.orders | did you mean "onFailure"?',
  ),
  line(
    'a key of another place',
    'groupId: x',
    'MR130 millrace.yaml:5:5 unknown key "groupId" in pipelines.orders | "groupId" belongs under pipelines.<id>.source',
  ),
  line(
    'no for false',
    'enabled: no',
    'MR132 millrace.yaml:5:14 pipelines.orders.enabled: expected true or false, got "no" | write false',
  ),
  line(
    'an octal number',
    'maxUncommitted: 010',
    'MR136 millrace.yaml:5:21 pipelines.orders.maxUncommitted: 010 has a leading zero, which some readers take for octal | write 10, 8 if octal',
  ),
  line(
    'a hexadecimal number',
    'maxUncommitted: 0x1F',
    'MR136 millrace.yaml:5:21 pipelines.orders.maxUncommitted: 0x1F is not a decimal number | write 31',
  ),
  line('a number past all bounds', 'maxUncommitted: 1e400', 'MR133 millrace.yaml:5:21 '),
  line('not a number', 'maxUncommitted: .nan', 'MR133 millrace.yaml:5:21 '),
  line(
    'a negative concurrency',
    'concurrency: -1',
    'MR133 millrace.yaml:5:18 pipelines.orders.concurrency: expected a whole number from 1 to 1000000, or auto, got -1',
  ),
  {
    name: 'no threads',
    yaml: `${head}workers: { threads: 0 }\n`,
    problems: ['MR133 millrace.yaml:5:21 '],
  },
  {
    name: 'a billion threads',
    yaml: `${head}workers: { threads: 1000000000 }\n`,
    problems: ['MR133 millrace.yaml:5:21 '],
  },
  line(
    'an integer that loses a digit',
    'maxUncommitted: 9007199254740993',
    'MR133 millrace.yaml:5:21 pipelines.orders.maxUncommitted: 9007199254740993 is too large to be exact',
  ),
  line(
    'an integer that loses a digit, in free data',
    'options: { id: 9007199254740993, zip: 01234 }',
    'MR133 millrace.yaml:5:20 ',
    'MR136 millrace.yaml:5:43 ',
  ),
  line('a fraction', 'maxUncommitted: 1.5', 'MR132 millrace.yaml:5:21 '),
  line(
    'a number in quotes',
    'maxUncommitted: "8"',
    'MR132 millrace.yaml:5:21 pipelines.orders.maxUncommitted: expected a whole number from 1 to 10000000, got "8" | write 8, without quotes',
  ),
  line(
    'a duration with a space',
    'timeout: 10 s',
    'MR135 millrace.yaml:5:14 pipelines.orders.timeout: expected a duration from 10ms to 1d, got "10 s" | write 10s',
  ),
  line(
    'a duration without a unit',
    'timeout: 30',
    'MR135 millrace.yaml:5:14 pipelines.orders.timeout: expected a duration from 10ms to 1d, got 30 | write the unit: 30s or 30ms',
  ),
  line('25 days, which no timer holds', 'timeout: 25d', 'MR133 millrace.yaml:5:14 '),
  line(
    'a size of a thousand',
    'buffer: { maxBytes: 64MB }',
    'MR135 millrace.yaml:5:25 pipelines.orders.buffer.maxBytes: expected a size from 1KiB to 64GiB, got "64MB" | write 64MiB',
  ),
  line('endless attempts as a number', 'retry: { maxAttempts: .inf }', 'MR133 millrace.yaml:5:27 '),
  line('a buffer of no record', 'buffer: { maxRecords: 0 }', 'MR133 millrace.yaml:5:27 '),
  topics('no topics', '[]', 'MR133 millrace.yaml:3:23 '),
  topics('a topic with a slash', '[a/b]', 'MR140 millrace.yaml:3:24 '),
  topics(
    'the topics . and ..',
    '[., ..]',
    'MR140 millrace.yaml:3:24 ',
    'MR140 millrace.yaml:3:27 ',
  ),
  topics('a topic of 250 characters', `[${'a'.repeat(250)}]`, 'MR140 millrace.yaml:3:24 '),
  topics(
    'a topic that is a number',
    '[5]',
    'MR132 millrace.yaml:3:24 pipelines.orders.source.topics.0: expected a topic name, got 5 | put it in quotes: "5"',
  ),
  topics('a catastrophic pattern', '/(a+)+$/', 'MR141 millrace.yaml:3:23 '),
  topics(
    'a pattern that does not compile',
    '"/[/"',
    'MR141 millrace.yaml:3:23 pipelines.orders.source.topics: pattern "/[/" is not a valid regular expression: unterminated character class',
  ),
  topics(
    'a pattern with a flag that does not compile, and what looks like the end of the reason in it',
    '"/(a: \\\\/b: /i"',
    'MR141 millrace.yaml:3:23 pipelines.orders.source.topics: pattern "/(a: \\\\/b: /i" is not a valid regular expression: unterminated group',
  ),
  topics('a pattern with a flag that remembers', '/a/g', 'MR141 millrace.yaml:3:23 '),
  topics('a pattern beside a name', '[/a/, b]', 'MR141 millrace.yaml:3:24 '),
  {
    name: 'a negative partition',
    yaml: fileWith().replace('groupId:', 'partitions: { orders: [-1] }, groupId:'),
    problems: ['MR133 millrace.yaml:3:'],
  },
  line(
    'retry topics, which are not there yet',
    'retry: { topics: [{ delay: 1m }] }',
    'MR130 millrace.yaml:5:14 ',
  ),
  {
    name: 'a partition twice',
    yaml: fileWith().replace('groupId:', 'partitions: { orders: [0, 0] }, groupId:'),
    problems: ['MR133 millrace.yaml:3:'],
  },
  {
    name: 'no brokers',
    yaml: `kafka: { brokers: [] }\n${head}`,
    problems: ['MR133 millrace.yaml:1:19 kafka.brokers: needs at least 1 item'],
  },
  {
    name: 'a broker without a port',
    yaml: `kafka: { brokers: "a:1,b" }\n${head}`,
    problems: [
      'MR142 millrace.yaml:1:19 kafka.brokers.1: expected host:port, got "b" | write b:9092',
    ],
  },
  ...[
    ['::1', '[::1]:9092'],
    ['[::1]', '[::1]:9092'],
    ['::1:9093', '[::1]:9093'],
    ['2001:db8:0:0:0:0:0:1:9093', '[2001:db8:0:0:0:0:0:1]:9093'],
    ['[::1]:99999', '[::1]:9092'],
    ['kafka://[::1]:9093/', '[::1]:9093'],
    ['kafka://a:9093', 'a:9093'],
  ].map(([written, meant]) => ({
    name: `the broker address ${written}`,
    yaml: `kafka: { brokers: ["${written}"] }\n${head}`,
    problems: [
      `MR142 millrace.yaml:1:20 kafka.brokers.0: expected host:port, got "${written}" | write ${meant}`,
    ],
  })),
  {
    name: 'brackets around what is no IPv6 address',
    yaml: `kafka: { brokers: ["[one]:9092"] }\n${head}`,
    problems: [
      'MR142 millrace.yaml:1:20 kafka.brokers.0: expected host:port, got "[one]:9092" | for example localhost:9092',
    ],
  },
  {
    name: 'a list where pipelines should be',
    yaml: 'pipelines: [a]\n',
    problems: ['MR132 millrace.yaml:1:12 pipelines: expected a map, got a list'],
  },
  {
    name: 'a text where a pipeline should be',
    yaml: 'pipelines: { a: b }\n',
    problems: ['MR132 millrace.yaml:1:17 pipelines.a: expected a map, got "b"'],
  },
  {
    name: 'escape sequences in a message',
    yaml: fileWith('timeout: "${X:?\\e[31mred\\u202e}"'),
    problems: ['MR120 millrace.yaml:5:14 variable X is not set: \ufffd[31mred\ufffd'],
  },
  topics(
    'topics that are a map',
    '{ a: b }',
    'MR132 millrace.yaml:3:23 pipelines.orders.source.topics: expected topic names, or one /regex/, got a map',
  ),
  topics(
    'a list among the topics',
    '[a, [b]]',
    'MR132 millrace.yaml:3:27 pipelines.orders.source.topics: expected a topic name, got a list',
  ),
  topics('a topic from a variable that is not set', '["${T}"]', 'MR120 millrace.yaml:3:24 '),
  line(
    'a key with nothing after it',
    'timeout:\nordering: ~',
    'MR135 millrace.yaml:5:',
    'MR134 millrace.yaml:6:15 ',
  ),
  {
    name: 'a text with nothing in it',
    yaml: fileWith().replace('orders-group', ''),
    problems: ['MR132 millrace.yaml:3:'],
  },
  {
    name: 'a text with a line break',
    yaml: fileWith().replace('orders-group', '"a\\nb"'),
    problems: [
      'MR133 millrace.yaml:3:44 pipelines.orders.source.groupId: has a line break or control character',
    ],
  },
  {
    name: 'a text that is too long',
    yaml: fileWith().replace('orders-group', 'g'.repeat(256)),
    problems: ['MR133 millrace.yaml:3:44 '],
  },
  instanceId(
    'an instance id with a slash',
    'pod/1',
    'MR144 millrace.yaml:3:47 pipelines.orders.source.instanceId: "pod/1" is not an instance id | use 1 to 249 of a-z A-Z 0-9 . _ - and not . or .. alone, or "" for none',
  ),
  instanceId('the instance id ..', '..', 'MR144 millrace.yaml:3:47 '),
  instanceId('an instance id of 250 characters', 'a'.repeat(250), 'MR144 millrace.yaml:3:47 '),
  instanceId('an instance id that is a number', '5', 'MR132 millrace.yaml:3:47 '),
  instanceId('an instance id with nothing after it', '', 'MR132 millrace.yaml:3:'),
  {
    name: 'an instance id from a variable that Kafka would refuse',
    yaml: fileWith('options: {}').replace('groupId:', 'instanceId: "a${X:- b}", groupId:'),
    problems: [
      'MR144 millrace.yaml:3:47 pipelines.orders.source.instanceId: "a b" (from ${X}) is not an instance id',
    ],
  },
  {
    name: 'partitions of what is no topic',
    yaml: fileWith().replace('groupId:', 'partitions: { "a b": [0] }, groupId:'),
    problems: ['MR140 millrace.yaml:3:'],
  },
  line(
    'a variable that is not set, in free data',
    'options: { a: [{ b: "${NOPE}" }] }',
    'MR120 millrace.yaml:5:25 ',
  ),
  { name: 'no pipelines at all', yaml: 'version: 1\n', problems: ['MR131 millrace.yaml:1:1 '] },
  {
    name: 'a version from the future',
    yaml: `version: 2\n${head}`,
    problems: ['MR134 millrace.yaml:1:10 '],
  },
  {
    name: 'an id with a dot',
    yaml: 'pipelines:\n  a.b: {}\n',
    problems: ['MR143 millrace.yaml:2:3 '],
  },
];

testAll(values);
