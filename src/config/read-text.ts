/** Text values: the characters of a scalar that are used as they are. */
import { shown } from './describe.ts';
import type { TextShape } from './field.ts';
import type { ProblemName } from './problem.ts';
import type { ScalarNode } from './tree.ts';

/** Reports a problem of the value that is being read; the result is "no value". */
export type Report = (problem: ProblemName, message: string, hint?: string | null) => undefined;

/** The characters of a text; plain numbers and words of YAML are refused, since their spelling may matter. */
export function textOf(
  node: ScalarNode,
  what: string,
  isSecret: boolean,
  report: Report,
): string | undefined {
  if (node.written === 'empty' || (node.written === 'plain' && node.value === null)) {
    return report(
      'wrongType',
      `expected ${what}, got nothing`,
      'write a value, or remove the line',
    );
  }
  if (node.written === 'plain' && typeof node.value !== 'string') {
    const hint = isSecret ? 'put it in quotes' : `put it in quotes: "${node.text}"`;
    return report('wrongType', `expected ${what}, got ${shown(node, isSecret)}`, hint);
  }
  return node.text;
}

export function readText(shape: TextShape, node: ScalarNode, report: Report): string | undefined {
  const isSecret = shape.secret === true;
  const text = textOf(node, 'text', isSecret, report);
  if (text === undefined) return undefined;
  const from = node.origins.length === 0 ? '' : ` (from ${node.origins.join(', ')})`;
  if (text === '')
    return report('outOfRange', `is empty${from}`, 'write a value, or remove the line');
  if (text.length > shape.max) return report('outOfRange', `has more than ${shape.max} characters`);
  if (!isSecret && /\p{Cc}/u.test(text)) {
    return report('outOfRange', `has a line break or control character${from}`);
  }
  return text;
}
