// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** Bad input: handlers elsewhere, secrets in wrong places, what opens a door. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CANARY, type Case, handler, head, line, testAll } from './corpus.ts';
import { fileWith } from './fixture.ts';

const security: readonly Case[] = [
  handler('a handler above the folder', '../../x.ts', 'MR172 millrace.yaml:4:14 '),
  handler('a handler by its absolute path', '/etc/x.js', 'MR170 millrace.yaml:4:14 '),
  handler('a handler that is a link out of the folder', './link.js', 'MR172 millrace.yaml:4:14 ', {
    prepare: (folder) => symlinkSync('/etc/hostname', join(folder, 'link.js')),
  }),
  handler(
    'a handler in a folder that is a link out of the folder',
    './out/x.js',
    'MR172 millrace.yaml:4:14 ',
    {
      prepare: (folder) => {
        mkdirSync(join(folder, 'elsewhere'));
        writeFileSync(join(folder, 'elsewhere/x.js'), '');
        mkdirSync(join(folder, 'conf'));
        symlinkSync('../elsewhere', join(folder, 'conf/out'));
        writeFileSync(
          join(folder, 'conf/millrace.yaml'),
          fileWith().replace('./h.ts', './out/x.js'),
        );
      },
      request: { files: ['conf/millrace.yaml'] },
    },
  ),
  handler(
    'a handler that is a link to another kind of file',
    './link.js',
    'MR170 millrace.yaml:4:14 ',
    {
      prepare: (folder) => symlinkSync('millrace.yaml', join(folder, 'link.js')),
    },
  ),
  handler('a file: URL', 'file:///etc/x.js', 'MR170 millrace.yaml:4:14 '),
  handler('a data: URL', '"data:text/javascript,1"', 'MR170 millrace.yaml:4:14 '),
  handler('a node: module', 'node:fs', 'MR170 millrace.yaml:4:14 '),
  handler('a package', 'lodash', 'MR170 millrace.yaml:4:14 '),
  handler('a handler that is a folder', './dir.js', 'MR173 millrace.yaml:4:14 ', {
    prepare: (folder) => mkdirSync(join(folder, 'dir.js')),
  }),
  handler(
    'a handler that is missing',
    './hh.ts',
    'MR171 millrace.yaml:4:14 handler ./hh.ts does not exist | did you mean ./h.ts?',
  ),
  handler('a handler that is JSON', './x.json', 'MR170 millrace.yaml:4:14 ', {
    files: { 'x.json': '{}' },
  }),
  handler('an export without a name', '"./h.ts#"', 'MR170 millrace.yaml:4:14 '),
  handler('an export that is no name', '"./h.ts#a-b"', 'MR170 millrace.yaml:4:14 '),
  handler('a handler that everybody can write', './h.ts', 'MR174 millrace.yaml:4:14 ', {
    prepare: (folder) => chmodSync(join(folder, 'h.ts'), 0o666),
    isWarning: true,
  }),
  line(
    'a variable that is not set',
    'timeout: ${NOPE}',
    'MR120 millrace.yaml:5:14 variable NOPE is not set',
  ),
  line(
    'a variable with a message',
    'timeout: ${NOPE:?say how long}',
    'MR120 millrace.yaml:5:14 variable NOPE is not set: say how long',
  ),
  {
    name: 'a variable that holds YAML',
    yaml: fileWith('ordering: ${V}'),
    request: { env: { V: 'key\nhandler: ./other.ts' } },
    problems: [
      'MR134 millrace.yaml:5:15 pipelines.orders.ordering: "key\ufffdhandler: ./other.ts" (from ${V})',
    ],
  },
  line('a nested substitution', 'timeout: ${A:-${B}}', 'MR121 millrace.yaml:5:14 '),
  line('an empty substitution', 'timeout: ${}', 'MR121 millrace.yaml:5:14 '),
  {
    name: 'a secret in the file',
    yaml: `kafka:\n  tls: true\n  sasl: { mechanism: plain, username: u, password: ${CANARY} }\n${head}`,
    problems: ['MR180 millrace.yaml:3:52 '],
    isWarning: true,
  },
  {
    name: 'a secret under a misspelt key',
    yaml: `kafka:\n  sasl: { mechanism: plain, username: u, psswd: ${CANARY} }\n${head}`,
    problems: ['MR130 millrace.yaml:2:42 unknown key "psswd" in kafka.sasl'],
  },
  {
    name: 'a secret of the wrong type',
    yaml: `kafka:\n  sasl:\n    mechanism: scram-sha-512\n    username: u\n    password: [${CANARY}]\n${head}`,
    problems: ['MR132 millrace.yaml:5:15 kafka.sasl.password: expected text, got a list'],
  },
  {
    name: 'a number as a secret',
    yaml: `kafka:\n  sasl: { mechanism: scram-sha-512, username: u, password: 012345 }\n${head}`,
    problems: [
      'MR132 millrace.yaml:2:60 kafka.sasl.password: expected text, got a secret value | put it in quotes',
    ],
  },
  {
    name: 'a secret in the address of a broker',
    yaml: `kafka: { brokers: "user:${CANARY}@kafka:9092" }\n${head}`,
    problems: [
      'MR142 millrace.yaml:1:19 kafka.brokers.0: a broker address has no user and password',
    ],
  },
  {
    name: 'a secret from a file in the wrong place',
    yaml: fileWith('ordering: ${file:secret}'),
    files: { secret: `${CANARY}\n` },
    problems: [
      'MR134 millrace.yaml:5:15 pipelines.orders.ordering: a secret value (from ${file:secret}) is not one of',
    ],
  },
  {
    name: 'a secret from a file where a number belongs',
    yaml: fileWith('maxUncommitted: ${file:secret}', 'timeout: ${file:secret}'),
    files: { secret: '012345678' },
    problems: ['MR136 millrace.yaml:5:21 ', 'MR135 millrace.yaml:6:14 '],
  },
  {
    name: 'a secret by --set in the wrong place',
    yaml: head,
    request: {
      sets: [`kafka.sasl.pasword=${CANARY}`, `kafka.clientId=[${CANARY}`, `kafka.sasl=${CANARY}`],
    },
    problems: ['MR110 --set kafka.clientId '],
  },
  {
    name: 'a secret file that is missing',
    yaml: fileWith('timeout: ${file:/run/secrets/none-such}'),
    problems: ['MR101 millrace.yaml:5:14 file /run/secrets/none-such does not exist'],
  },
  {
    name: 'a certificate that is not checked',
    yaml: `kafka: { tls: { rejectUnauthorized: false } }\n${head}`,
    problems: ['MR181 millrace.yaml:1:37 '],
    isWarning: true,
  },
  {
    name: 'port 70000',
    yaml: `http: { port: 70000 }\n${head}`,
    problems: ['MR133 millrace.yaml:1:15 '],
  },
  {
    name: 'control over HTTP, which is not there yet',
    yaml: `http: { control: true, token: ${CANARY} }\n${head}`,
    problems: ['MR130 millrace.yaml:1:9 ', 'MR130 millrace.yaml:1:24 '],
  },
];

testAll(security);
