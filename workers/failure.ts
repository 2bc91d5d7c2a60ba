import { reportError } from '../src/contract/errors.ts';
import { outcomeOf } from '../src/contract/handler.ts';
import type { AbortReason } from '../src/contract/thread.ts';
import type { Failure, FailureKind } from '../src/contract/verdict.ts';
import { AbortedError } from './context.ts';
import { DecodeError } from './decode.ts';
import { SchemaError } from './load-handler.ts';

/** Whether the handler chose to skip the record. */
export const isSkip = (thrown: unknown): boolean => read(() => outcomeOf(thrown)) === 'skip';

/** Turns what an attempt threw into plain facts; `aborted` is why its signal was aborted, if it was. */
export function failureOf(thrown: unknown, aborted: AbortReason | null): Failure {
  const outcome = read(() => outcomeOf(thrown));
  const kind = read(() => kindOf(thrown)) ?? (aborted === 'timeout' ? 'timeout' : 'error');
  return {
    kind,
    error: reportError(kind === 'timeout' ? new AbortedError('timeout') : thrown),
    mayRetry: outcome !== 'fatal' && kind !== 'deserialize' && kind !== 'schema',
    afterMs: outcome === 'retry' ? (read(() => afterOf(thrown)) ?? null) : null,
  };
}

/** Looks at something that was thrown: a proxy or a getter among it may throw in turn, which says nothing. */
function read<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function kindOf(thrown: unknown): FailureKind | undefined {
  if (thrown instanceof DecodeError) return 'deserialize';
  if (thrown instanceof SchemaError) return 'schema';
  return undefined;
}

/** Milliseconds of `after`: a number, or a duration such as '5s'; null when there is none that makes sense. */
function afterOf(thrown: unknown): number | null {
  const after = (thrown as { after?: unknown }).after;
  if (typeof after === 'number') return Number.isFinite(after) && after >= 0 ? after : null;
  if (typeof after !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(after);
  return match ? Number(match[1]) * (UNIT_MS[match[2] as string] as number) : null;
}

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
