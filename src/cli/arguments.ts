import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line can't be understood: exit 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly hint: string;

  /** `command`: the one whose help says more. */
  constructor(text: string, command: string | null) {
    super(text);
    this.hint = `See "millrace ${command === null ? '--help' : `${command} --help`}".`;
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Parses the arguments of a command. Throws UsageError for an unknown option or a missing value. */
export function parse<const T extends Options>(
  command: string,
  argv: readonly string[],
  options: T,
  allowPositionals = false,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>> {
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    const [extra] = parsed.positionals;
    if (extra !== undefined && !allowPositionals) {
      throw new UsageError(`millrace ${command} takes no argument "${extra}".`, command);
    }
    return parsed;
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${text.split('. ')[0]}.`, command);
  }
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration of the command line such as 250ms, 5s or 2m, in ms. Throws UsageError. */
export function duration(command: string, option: string, text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : Number.NaN;
  if (Number.isFinite(ms) && ms < 2 ** 31) return ms;
  throw new UsageError(
    `${option} takes a duration such as 500ms, 2s or 1m, not "${text}".`,
    command,
  );
}
