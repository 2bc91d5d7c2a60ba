/**
 * The problems found in a configuration, each with its place and what to write instead. All are gathered before any
 * is shown, because only at the end is it known which parts of a line are secret.
 */
import type { ErrorCode } from '../contract/errors.ts';
import { type Excerpt, excerptOf, printable } from './excerpt.ts';
import { type ProblemName, problems } from './problem.ts';
import { placeOf, type Source, type Spot } from './source.ts';
import { Veil } from './veil.ts';

/** One problem, ready to be shown; free of secrets. */
export interface ConfigIssue {
  readonly code: ErrorCode;
  /** A warning doesn't keep the configuration from being used. */
  readonly severity: 'error' | 'warn';
  readonly message: string;
  /** The file as shown to people, or the option of the command line (`--set a.b.c`, `--only`). */
  readonly file: string;
  /** 1-based; 1 for an option. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly col: number;
  /** Of the part that is wrong, in UTF-16 units; 0 when it is the whole text. */
  readonly length: number;
  /** What to write instead. */
  readonly hint: string | null;
  /** The line, with secrets masked; null for what is not in a file. */
  readonly excerpt: Excerpt | null;
}

interface Found {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warn';
  readonly spot: Spot;
  readonly message: string;
  readonly hint: string | null;
}

/** What a problem is about. */
export interface About {
  readonly hint?: string | null;
  /** The key whose value can't be used because of it. */
  readonly path?: readonly string[];
  /**
   * The part of the message that only says where it was found; by default the parent of `path`. A value under
   * `defaults` is checked with every pipeline, and its problem is the same one each time.
   */
  readonly scope?: readonly string[];
  /** `error` by default. */
  readonly severity?: 'error' | 'warn';
}

export class Issues {
  readonly #found = new Map<string, Found>();
  readonly #veil = new Veil();
  readonly #paths = new Set<string>();
  readonly #order = new Map<string, number>();

  /** Adds a problem, unless the same one is known at the same place. */
  add(name: ProblemName, spot: Spot, message: string, about: About = {}): void {
    const { hint = null, path, severity = 'error' } = about;
    if (severity === 'error' && path !== undefined) this.spoil(path);
    const { code } = problems[name];
    const scope = (about.scope ?? path?.slice(0, -1) ?? []).join('.');
    const text = scope === '' ? message : message.replaceAll(scope, '');
    const identity = `${spot.source.name}\n${spot.start}\n${code}\n${text}`;
    if (this.#found.has(identity)) return;
    const safeHint = hint === null ? null : safe(hint);
    this.#found.set(identity, { code, severity, spot, message: safe(message), hint: safeHint });
  }

  /** Marks that the key at `path` has no usable value, though its problem was reported without a path. */
  spoil(path: readonly string[]): void {
    this.#paths.add(path.join('/'));
  }

  /** True when an error was reported for this key or for a parent of it. */
  spoiled(path: readonly string[]): boolean {
    return path.some((_, i) => this.#paths.has(path.slice(0, i + 1).join('/')));
  }

  /** Keeps `spot` out of every excerpt. */
  hide(spot: Spot): void {
    this.#veil.hide(spot);
  }

  get failed(): boolean {
    return [...this.#found.values()].some(({ severity }) => severity === 'error');
  }

  /** Says which source comes next, for the order of problems. */
  follow({ name }: Source): void {
    if (!this.#order.has(name)) this.#order.set(name, this.#order.size);
  }

  /** Names of the sources so far. */
  get sources(): string[] {
    return [...this.#order.keys()];
  }

  /** All problems: those of sources in the order in which they followed, by place; then those of the command line. */
  list(): ConfigIssue[] {
    const rank = ({ spot }: Found): number => this.#order.get(spot.source.name) ?? this.#order.size;
    return [...this.#found.values()]
      .sort((a, b) => rank(a) - rank(b) || a.spot.start - b.spot.start)
      .map((found) => this.#finish(found));
  }

  /** A problem of a kind that isn't in this folder's table, found after the reading. */
  outside(code: ErrorCode, spot: Spot, message: string, hint: string | null): ConfigIssue {
    return this.#finish({ code, severity: 'error', spot, message, hint });
  }

  #finish({ code, severity, spot, message, hint }: Found): ConfigIssue {
    const excerpt = excerptOf(spot, this.#veil);
    return { code, severity, message, ...placeOf(spot), hint, excerpt };
  }
}

const LONGEST = 600;

/** Messages repeat names and values of the files: they are made printable and don't grow with them. */
function safe(text: string): string {
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
}
