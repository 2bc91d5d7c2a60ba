#!/usr/bin/env node
import { EXIT, MillraceError } from '../contract/errors.ts';
import { UsageError } from './arguments.ts';
import { commandHelp, commandNamed, generalHelp } from './commands.ts';
import { version } from './version.ts';

/**
 * The command line: finds the command, runs it, and ends the process with its exit code. The only place that does.
 */
async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = name === 'help' ? rest[0] : undefined;
    process.stdout.write(about === undefined ? generalHelp() : commandHelp(about));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  const command = commandNamed(name);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(commandHelp(name));
    return EXIT.ok;
  }
  const { run } = await command.load();
  return run(rest);
}

/** What to print and which code to end with, for an error that no command dealt with. */
function failure(cause: unknown): number {
  if (cause instanceof UsageError) {
    process.stderr.write(`millrace: ${cause.message}\n${cause.hint}\n`);
    return EXIT.usage;
  }
  if (cause instanceof MillraceError) {
    process.stderr.write(`millrace: ${cause.message} [${cause.code}]\n`);
    return cause.exit;
  }
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(`millrace: a bug, please report it [MR900]\n${text}\n`);
  return EXIT.bug;
}

// A reader of our output that goes away ends neither the process nor its commits.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (cause: unknown) => process.exit(failure(cause)),
);
