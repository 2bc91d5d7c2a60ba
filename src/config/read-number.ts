/** Numbers, durations and sizes, each with its range; `auto` where a shape has it. */

import { nearest } from '../contract/nearest.ts';
import { expected, shown } from './describe.ts';
import type { NumberShape, QuantityShape } from './field.ts';
import { durationMeant, parseDuration, parseSize, sizeMeant } from './quantity.ts';
import type { Report } from './read-text.ts';
import { numberTrouble } from './scalar.ts';
import type { ScalarNode } from './tree.ts';

export function readNumber(
  shape: NumberShape,
  node: ScalarNode,
  report: Report,
): number | 'auto' | undefined {
  if (shape.auto === true && node.text === 'auto') return 'auto';
  const trouble = numberTrouble(node.text);
  if (node.written !== 'quoted' && trouble !== null) {
    return report(trouble.problem, `${shown(node)} ${trouble.what}`, trouble.write);
  }
  if (
    typeof node.value !== 'number' ||
    (shape.type === 'integer' && !Number.isInteger(node.value))
  ) {
    const quotes = node.written === 'quoted' && /^-?[0-9.]+$/.test(node.text);
    const hint = quotes ? `write ${node.text}, without quotes` : autoHint(shape, node);
    return report('wrongType', `expected ${expected(shape)}, got ${shown(node)}`, hint);
  }
  if (node.value < shape.min || node.value > shape.max) {
    return report('outOfRange', `expected ${expected(shape)}, got ${shown(node)}`);
  }
  return node.value;
}

export function readQuantity(
  shape: QuantityShape,
  node: ScalarNode,
  report: Report,
): number | 'auto' | undefined {
  if (shape.auto === true && node.text === 'auto') return 'auto';
  const parse = shape.type === 'duration' ? parseDuration : parseSize;
  const isBytes =
    shape.type === 'size' && typeof node.value === 'number' && numberTrouble(node.text) === null;
  const amount = isBytes ? Number(node.value) : parse(node.text);
  if (amount === null || !Number.isInteger(amount)) {
    const meant = shape.type === 'duration' ? durationMeant(node.text) : sizeMeant(node.text);
    const hint = meant === null ? unitHint(shape, node) : `write ${meant}`;
    return report('quantity', `expected ${expected(shape)}, got ${shown(node)}`, hint);
  }
  if (amount < (parse(shape.min) ?? 0) || amount > (parse(shape.max) ?? 0)) {
    return report('outOfRange', `expected ${expected(shape)}, got ${shown(node)}`);
  }
  return amount;
}

function unitHint(shape: QuantityShape, node: ScalarNode): string | null {
  if (/^[0-9]+$/.test(node.text) && shape.type === 'duration') {
    return `write the unit: ${node.text}s or ${node.text}ms`;
  }
  return (
    autoHint(shape, node) ??
    (shape.type === 'duration' ? 'units are ms, s, m, h, d' : 'units are B, KiB, MiB, GiB')
  );
}

function autoHint(shape: NumberShape | QuantityShape, node: ScalarNode): string | null {
  return shape.auto === true && nearest(node.text, ['auto']) !== null
    ? 'did you mean "auto"?'
    : null;
}
