/**
 * Single values: the checked value of a scalar node, or undefined after reporting what is wrong with it and what to
 * write. YAML has typed a plain scalar already; text that looks like a number isn't taken for one silently, nor the
 * other way, since `010` and `"010"` are not the same to everybody.
 */

import { nearest } from '../contract/nearest.ts';
import { expected, shown } from './describe.ts';
import type { ChoiceShape, Shape } from './field.ts';
import type { Issues } from './issue.ts';
import { readBroker, readHandler, readInstanceId, readPath, readTopic } from './read-name.ts';
import { readNumber, readQuantity } from './read-number.ts';
import { type Report, readText } from './read-text.ts';
import type { ScalarNode } from './tree.ts';

/** Shapes whose values are scalars. */
export type ScalarShape = Exclude<
  Shape,
  { readonly type: 'topics' | 'list' | 'map' | 'entries' | 'data' }
>;

export function readScalar(
  shape: ScalarShape,
  node: ScalarNode,
  path: readonly string[],
  issues: Issues,
): unknown {
  const report: Report = (problem, message, hint = null) => {
    // A hint may repeat the value.
    const safeHint = node.secret ? null : hint;
    issues.add(problem, node.spot, `${path.join('.')}: ${message}`, { hint: safeHint, path });
    return undefined;
  };
  switch (shape.type) {
    case 'constant':
      return node.value === shape.value
        ? shape.value
        : report('notAChoice', `only ${shape.value} is known, got ${shown(node)}`);
    case 'text':
      return readText(shape, node, report);
    case 'boolean':
      return readBoolean(node, report);
    case 'choice':
      return readChoice(shape, node, report);
    case 'integer':
    case 'number':
      return readNumber(shape, node, report);
    case 'duration':
    case 'size':
      return readQuantity(shape, node, report);
    case 'topic':
      return readTopic(node, report);
    case 'instanceId':
      return readInstanceId(node, report);
    case 'broker':
      return readBroker(node, report, issues);
    case 'file':
      return readPath(node, report);
    case 'handler':
      return readHandler(node, report);
  }
}

function readBoolean(node: ScalarNode, report: Report): boolean | undefined {
  if (typeof node.value === 'boolean' && node.written !== 'quoted') return node.value;
  const word = node.text.toLowerCase();
  const hint = /^(?:true|yes|on|y)$/.test(word)
    ? 'true'
    : /^(?:false|no|off|n)$/.test(word)
      ? 'false'
      : null;
  const quotes = node.written === 'quoted' && word === hint ? ', without quotes' : '';
  return report(
    'wrongType',
    `expected true or false, got ${shown(node)}`,
    hint === null ? null : `write ${hint}${quotes}`,
  );
}

function readChoice(shape: ChoiceShape, node: ScalarNode, report: Report): string | undefined {
  if (node.written !== 'empty' && shape.values.includes(node.text)) return node.text;
  const meant = shape.meant ?? {};
  const near = Object.hasOwn(meant, node.text)
    ? meant[node.text]
    : nearest(node.text, shape.values);
  const hint = near === undefined || near === null ? null : `did you mean "${near}"?`;
  const only = shape.values.length === 1 ? 'is not' : 'is not one of';
  return report('notAChoice', `${shown(node)} ${only} ${expected(shape)}`, hint);
}
