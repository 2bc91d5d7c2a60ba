// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** Bad input: what is no YAML, or YAML that is hostile. */
import { CANARY, type Case, head, testAll } from './corpus.ts';

const syntax: readonly Case[] = [
  { name: 'an empty file', yaml: '', problems: ['MR106 millrace.yaml:1:1 '] },
  { name: 'only comments', yaml: '# a\n\n# b\n', problems: ['MR106 millrace.yaml:1:1 '] },
  {
    name: 'a byte order mark',
    yaml: `\ufeff${head}x: 1\n`,
    problems: ['MR130 millrace.yaml:5:1 '],
  },
  {
    name: 'UTF-16',
    yaml: Buffer.from(`\ufeff${head}`, 'utf16le'),
    problems: ['MR104 millrace.yaml:1:1 '],
  },
  {
    name: 'a NUL byte',
    yaml: `${head}a: \0\n`,
    problems: ['MR104 millrace.yaml:1:1 file millrace.yaml has a NUL'],
  },
  {
    name: 'invalid UTF-8',
    yaml: Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28]),
    problems: ['MR104 millrace.yaml:1:1 '],
  },
  {
    name: 'a tab as indentation',
    yaml: 'pipelines:\n\torders: {}\n',
    problems: ['MR110 millrace.yaml:2:1 a tab'],
  },
  { name: '10 MB', yaml: `#${'x'.repeat(10_000_000)}`, problems: ['MR103 millrace.yaml:1:1 '] },
  {
    name: '256 KiB of one-letter values',
    yaml: `a: [${'x,'.repeat(131_000)}]`,
    problems: ['MR103 millrace.yaml:1:1 '],
  },
  { name: 'a depth of 5,000', yaml: '['.repeat(5_000), problems: ['MR105 millrace.yaml:1:33 '] },
  {
    name: 'a depth of 100,000 maps',
    yaml: '{a: '.repeat(60_000),
    problems: ['MR105 millrace.yaml:1:'],
  },
  {
    name: 'a depth of 33 by indentation',
    yaml: Array.from({ length: 34 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    problems: ['MR105 millrace.yaml:'],
  },
  {
    name: 'a bomb of aliases, nine levels deep',
    yaml: Array.from({ length: 10 }, (_, i) => {
      const use = i === 0 ? 'x' : `*a${i - 1}`;
      return `k${i}: &a${i} [${Array(9).fill(use).join(', ')}]`;
    }).join('\n'),
    problems: ['MR114 millrace.yaml:4:'],
  },
  {
    name: 'few aliases of many values',
    yaml: `a: &a [${'x,'.repeat(600)}]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n`,
    problems: ['MR114 millrace.yaml:4:'],
  },
  {
    name: 'a depth past 32 through aliases',
    yaml: `a: &a ${'['.repeat(20)}${']'.repeat(20)}\nb: ${'['.repeat(20)}*a${']'.repeat(20)}\n`,
    problems: ['MR114 millrace.yaml:1:1 '],
  },
  { name: 'an alias of itself', yaml: 'a: &a [*a]\n', problems: ['MR114 millrace.yaml:1:8 '] },
  {
    name: 'an unknown anchor',
    yaml: `kafka: { sasl: { password: *${CANARY} } }\n`,
    problems: ['MR114 millrace.yaml:1:28 '],
  },
  {
    name: 'a merge key',
    yaml: `a: &a { b: 1 }\nc:\n  <<: *a\n${head}`,
    problems: ['MR115 millrace.yaml:3:3 '],
  },
  {
    name: 'a duplicate key',
    yaml: `${head}pipelines: {}\n`,
    problems: ['MR111 millrace.yaml:5:1 key "pipelines" is already written in line 1'],
  },
  { name: 'two documents', yaml: `${head}---\n${head}`, problems: ['MR112 millrace.yaml:5:1 '] },
  {
    name: 'a tag with code',
    yaml: `${head}token: !!js/function "${CANARY}"\n`,
    problems: ['MR113 millrace.yaml:5:8 '],
  },
  {
    name: 'a secret that is taken for a tag',
    yaml: `kafka: { sasl: { password: !${CANARY} } }\n`,
    problems: ['MR113 millrace.yaml:1:28 '],
  },
  {
    name: 'a huge binary',
    yaml: `x: !!binary ${'QUJD'.repeat(60_000)}\n`,
    problems: ['MR113 millrace.yaml:1:4 '],
  },
  {
    name: 'another version of YAML',
    yaml: `%YAML 9.9\n---\n${head}`,
    problems: ['MR113 millrace.yaml:1:7 '],
  },
  {
    name: 'YAML 1.1, where no is false',
    yaml: `%YAML 1.1\n---\n${head}`,
    problems: ['MR113 millrace.yaml:1:1 '],
  },
  {
    name: 'an unknown directive',
    yaml: `%FOO\n---\n${head}`,
    problems: ['MR113 millrace.yaml:1:1 '],
  },
  {
    name: 'mixed line ends',
    yaml: `${head.replaceAll('\n', '\r\n')}x: 1\ny: 1\r\n`,
    problems: ['MR130 millrace.yaml:5:1 ', 'MR130 millrace.yaml:6:1 '],
  },
  {
    name: 'a text that ends in the middle of a scalar',
    yaml: `kafka: { sasl: { password: "${CANARY}`,
    problems: ['MR110 millrace.yaml:1:'],
  },
  {
    name: 'a bracket that is not closed',
    yaml: 'pipelines: {\n',
    problems: ['MR110 millrace.yaml:2:1 '],
  },
  {
    name: 'a quote too many',
    yaml: `kafka:\n  sasl: { password: "${CANARY}"" }\n`,
    problems: ['MR110 millrace.yaml:2:'],
  },
  {
    name: 'an escape that is none',
    yaml: `kafka: { sasl: { password: "\\q${CANARY}" } }\n`,
    problems: ['MR110 millrace.yaml:1:'],
  },
  {
    name: 'a secret that begins with a reserved character',
    yaml: `kafka:\n  sasl:\n    password: @${CANARY}\n`,
    problems: ['MR110 millrace.yaml:3:15 '],
  },
  {
    name: 'a secret in the line below its key',
    yaml: `kafka:\n  sasl:\n    password: "a\n      ${CANARY}" b\n`,
    problems: ['MR110 millrace.yaml:4:'],
  },
  {
    name: 'a block of a secret with a fault in it',
    yaml: `kafka:\n  sasl:\n    password: |\n      x\n     ${CANARY}: [\n`,
    problems: ['MR110 millrace.yaml:5:'],
  },
  {
    name: 'a variable in a flow map without quotes',
    yaml: 'kafka: { clientId: ${ID:-a} }\n',
    problems: ['MR110 millrace.yaml:1:'],
  },
  { name: 'a list as the whole file', yaml: '- a\n', problems: ['MR132 millrace.yaml:1:1 '] },
  {
    name: 'a map as a key',
    yaml: `${head}? { a: 1 }\n: 2\n`,
    problems: ['MR117 millrace.yaml:5:3 '],
  },
  {
    name: '100,000 closing brackets',
    yaml: '}'.repeat(100_000),
    problems: ['MR110 millrace.yaml:1:1 '],
  },
  {
    name: '15,000 unknown keys',
    yaml: Array.from({ length: 15_000 }, (_, i) => `k${i}: 1`).join('\n'),
    problems: ['MR130 millrace.yaml:1:1 '],
  },
];

testAll(syntax);
