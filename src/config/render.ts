/** Problems as people and programs read them. */
import type { ConfigIssue } from './issue.ts';

const MAX_SHOWN = 100;

/**
 * Text for a terminal or a log: each problem with its place, code and line, then how many there are. At most 100 are
 * written out. Ends with a line break, unless there is no problem.
 */
export function renderIssues(
  issues: readonly ConfigIssue[],
  { color }: { color: boolean },
): string {
  if (issues.length === 0) return '';
  const paint = color ? inColor : plain;
  const shown = issues.slice(0, MAX_SHOWN).map((issue) => render(issue, paint));
  return `${shown.join('\n')}\n${summary(issues)}\n`;
}

/** Plain objects for JSON, without the excerpt. */
export function issuesAsJson(issues: readonly ConfigIssue[]): Omit<ConfigIssue, 'excerpt'>[] {
  return issues.map(({ excerpt: _, ...issue }) => issue);
}

type Paint = (text: string, style: 'error' | 'warn' | 'dim' | 'bold') => string;

const plain: Paint = (text) => text;
const CODES = { error: 31, warn: 33, dim: 2, bold: 1 } as const;
const inColor: Paint = (text, style) => `\u001b[${CODES[style]}m${text}\u001b[0m`;

function render(issue: ConfigIssue, paint: Paint): string {
  const { severity, message, code, excerpt, hint } = issue;
  const head = `${paint(severity.padEnd(6), severity)} ${paint(placeText(issue), 'bold')}  ${message} ${paint(`[${code}]`, 'dim')}`;
  if (excerpt === null) return hint === null ? head : `${head}\n       ${hint}`;
  const number = String(issue.line).padStart(4);
  const caret = `${' '.repeat(excerpt.caret)}${paint('^'.repeat(excerpt.width), severity)}`;
  const under = hint === null ? caret : `${caret}  ${hint}`;
  const bar = paint('|', 'dim');
  return `${head}\n${paint(number, 'dim')} ${bar} ${excerpt.text}\n     ${bar} ${under}`;
}

/** An option of the command line has no lines. */
function placeText({ file, line, col }: ConfigIssue): string {
  return file.startsWith('--') ? file : `${file}:${line}:${col}`;
}

function summary(issues: readonly ConfigIssue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length;
  const warnings = issues.length - errors;
  const rest = issues.length > MAX_SHOWN ? `, ${MAX_SHOWN} shown` : '';
  return `${count(issues.length, 'problem')} (${count(errors, 'error')}, ${count(warnings, 'warning')})${rest}`;
}

function count(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}
