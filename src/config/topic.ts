/**
 * Topic names and topic patterns. Kafka's rule for names: 1 to 249 characters of `[a-zA-Z0-9._-]`, not `.` or `..`
 * (org.apache.kafka.common.internals.Topic).
 */

const NAME = /^[a-zA-Z0-9._-]{1,249}$/;

export function isTopicName(text: string): boolean {
  return NAME.test(text) && text !== '.' && text !== '..';
}

/** True when a text is written as a pattern rather than as a name; names have no slash. */
export function isPattern(text: string): boolean {
  return text.startsWith('/');
}

const MAX_PATTERN = 500;
const MAX_NAME = 249;
/** Under half a second for one name, in the worst case. */
const MAX_STEPS = 3e7;

/**
 * The expression of `/regex/` or `/regex/i`, or what is wrong with it. It is matched anywhere in the name unless it
 * has `^` and `$`.
 *
 * Topic names come from the cluster, so a pattern must not be able to run for ever on a hostile one. A name has at
 * most 249 characters, but that alone doesn't help: `(a+)+$` takes 2^n steps. So a group that repeats must not repeat
 * or choose inside, there are no back references, and the steps that the rest can take are estimated: a factor of n
 * for each repeat and for not being tied to the beginning, and one for each way to choose.
 */
export function parsePattern(text: string): RegExp | { readonly why: string } {
  const [, body = '', flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (body === '') return { why: 'is not of the form /regex/' };
  if (flags !== '' && flags !== 'i') return { why: 'may have the flag i and no other' };
  if (body.length > MAX_PATTERN) return { why: `is longer than ${MAX_PATTERN} characters` };
  try {
    const pattern = new RegExp(body, flags);
    const danger = dangerOf(body);
    return danger === null ? pattern : { why: `can run away on a long topic name: ${danger}` };
  } catch (cause) {
    return { why: `is not a valid regular expression: ${reasonOf(cause)}` };
  }
}

/** What V8 says of an expression, without the expression: "Invalid regular expression: /[/i: Unterminated character class". */
const reasonOf = (cause: unknown): string =>
  String(cause)
    .replace(/^.*\/[a-z]*: /s, '')
    .toLowerCase();

/** A class, an escape, the beginning of a group, a quantifier, or one character. */
const TOKENS =
  /\[(?:\\.|[^\]\\])*\]|\\k<|\\.|\((?:\?(?:[:=!]|<[=!]|<[^>]+>))?|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gs;

interface Group {
  /** It repeats or chooses inside, so it can match one text in several ways. */
  varies: boolean;
  /** Alternatives so far. */
  branches: number;
}

/** Why a valid expression could take too long; null when it can't. */
function dangerOf(body: string): string | null {
  const outer: Group[] = [];
  let group: Group = { varies: false, branches: 1 };
  let ended: Group | null = null;
  let repeats = 0;
  let ways = 1;
  for (const [token] of body.matchAll(TOKENS)) {
    const repeated = ended;
    ended = null;
    if (/^[*+]|^\{\d/.test(token)) {
      if (repeated?.varies === true) return 'a repeated group repeats or chooses inside';
      if (maxCount(token) > MAX_NAME) return `a count above ${MAX_NAME}`;
      if (!/^\{\d+\}/.test(token)) repeats++;
      group.varies = true;
    } else if (token.startsWith('?')) {
      ways *= 2;
      group.varies = true;
    } else if (token === '|') {
      // In all, the factor of a group is the number of its alternatives.
      ways *= (group.branches + 1) / group.branches;
      group.branches++;
      group.varies = true;
    } else if (token.startsWith('(')) {
      outer.push(group);
      group = { varies: false, branches: 1 };
    } else if (token === ')') {
      ended = group;
      group = outer.pop() ?? group;
      group.varies ||= ended.varies;
    } else if (/^\\(?:[1-9]|k<)/.test(token)) {
      return 'it refers back to a group';
    }
  }
  const isTied = body.startsWith('^') && group.branches === 1;
  const steps = ways * powerOverFactorial(MAX_NAME, isTied ? repeats : repeats + 1);
  if (steps <= MAX_STEPS) return null;
  return `too many repeats and choices${isTied ? '' : '; begin with ^'}`;
}

/** In how many ways `n` characters can be split between `k` repeats, about. */
function powerOverFactorial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result *= n / i;
  return result;
}

function maxCount(token: string): number {
  const [, least = '0', most = ''] = /^\{(\d+)(?:,(\d*))?\}/.exec(token) ?? [];
  return Math.max(Number(least), Number(most));
}
