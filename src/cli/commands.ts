import { nearest } from '../contract/nearest.ts';
import { UsageError } from './arguments.ts';
import { version } from './version.ts';

/** A command, loaded only when it is called. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  /** Option and what it does, a line each. */
  readonly options: readonly (readonly [string, string])[];
  load(): Promise<{ run(argv: readonly string[]): Promise<number> }>;
}

const CONFIG_OPTIONS: Command['options'] = [
  [
    '-c, --config <file>',
    'configuration; several are laid over one another (default: $MILLRACE_CONFIG or millrace.yaml)',
  ],
  ['--only <id,…>', 'only these pipelines'],
  ['--set <a.b.c=value>', 'sets one key, after all files'],
  ['--env-file <file>', 'variables for the configuration; the environment wins'],
];

const COMMANDS: readonly Command[] = [
  {
    name: 'run',
    usage: 'millrace run [options]',
    about: 'Runs the pipelines until SIGTERM or SIGINT: drains, commits, leaves the group.',
    options: [
      ...CONFIG_OPTIONS,
      ['--log-level <level>', 'trace, debug, info, warn, error, fatal or silent'],
      ['--until-idle <duration>', 'stops by itself when the lag has been 0 for that long'],
    ],
    load: () => import('./run.ts'),
  },
  {
    name: 'validate',
    usage: 'millrace validate [file…] [options]',
    about:
      'Reports every problem of the configuration and its handlers. Each file is checked by itself, those of -c as one configuration.',
    options: [
      ...CONFIG_OPTIONS,
      ['--connect', 'also connects and checks the topics'],
      ['--json', 'prints the problems as JSON'],
    ],
    load: () => import('./validate.ts'),
  },
  {
    name: 'dev',
    usage: 'millrace dev [options]',
    about:
      'Runs the pipelines on a broker of their own, in memory, and reloads handlers and configuration when they change.',
    options: [
      ...CONFIG_OPTIONS,
      ['-b, --brokers <host:port,…>', 'uses these brokers instead of one of its own'],
      ['--seed <file.jsonl>', 'first produces these records, one JSON object a line'],
      ['--port <port>', 'of the HTTP server (default: 8080, or a free one when that is taken)'],
    ],
    load: () => import('./dev/dev.ts'),
  },
  {
    name: 'verify',
    usage: 'millrace verify [options]',
    about:
      'Runs a pipeline and its handler on a broker in memory, under faults, and tells whether a record was lost, out of order, or handled twice.',
    options: [
      ...CONFIG_OPTIONS.filter(([option]) => !option.startsWith('--only')),
      ['--pipeline <id>', 'which one, where the configuration has several'],
      ['--records <count>', 'in all; each fault has its share of them (default: 5000)'],
      [
        '--faults <name,…>',
        'revoke, kill, thread-exit, hang, commit-refused, broker-away (default: all)',
      ],
      [
        '--seed <file.jsonl>',
        'records for the handler, one JSON object a line, repeated as often as it takes',
      ],
      ['--json', 'prints the verdict as JSON'],
    ],
    load: () => import('./verify/verify.ts'),
  },
  {
    name: 'demo',
    usage: 'millrace demo',
    about:
      'Shows the promises: members of a group come, leave and are killed at work, then every record is accounted for.',
    options: [],
    load: () => import('./demo/demo.ts'),
  },
  {
    name: 'broker',
    usage: 'millrace broker [options]',
    about: 'Runs a Kafka broker in memory, on this machine only, for development and tests.',
    options: [
      ['--port <port>', 'of the first node; the others take the next ones (default: 9092)'],
      ['--brokers <count>', 'nodes, each with a port of its own (default: 1)'],
      ['--topics <name:partitions,…>', 'creates topics; or a file with one on each line'],
    ],
    load: () => import('./broker.ts'),
  },
];

export function generalHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return `millrace ${version()}: a worker-pool consumer for Apache Kafka\n\nUsage: millrace <command> [options]\n\n${lines.join('\n')}\n\nmillrace <command> --help says more. Exit codes: 0 done, 1 failed, 2 bad command line, 69 no broker,\n70 bug, 75 work abandoned, 77 refused by the broker, 78 configuration invalid.\n`;
}

/** Throws UsageError, with the nearest name, for a command that there isn't. */
export function commandNamed(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = COMMANDS.map((candidate) => candidate.name);
  const near = nearest(name, names);
  const advice = near === null ? '' : ` Did you mean "${near}"?`;
  throw new UsageError(`There is no command "${name}".${advice}`, null);
}

/** Throws UsageError for a command that there isn't. */
export function commandHelp(name: string): string {
  const { usage, about, options } = commandNamed(name);
  const width = Math.max(...options.map(([option]) => option.length));
  const lines = options.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`);
  return `${about}\n\nUsage: ${usage}\n\n${lines.join('\n')}\n`;
}
