/** Free data: any map as JSON-like values, without a prototype, and with numbers that are exact. */
import type { Checking } from './check.ts';
import { shown } from './describe.ts';
import { numberTrouble } from './scalar.ts';
import type { ConfigNode, MapNode, ScalarNode } from './tree.ts';

export function readData(node: MapNode, path: readonly string[], checking: Checking): unknown {
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, { node: value }] of node.entries) {
    result[name] = readAny(value, [...path, name], checking);
  }
  return result;
}

function readAny(node: ConfigNode, path: readonly string[], checking: Checking): unknown {
  switch (node.kind) {
    case 'map':
      return readData(node, path, checking);
    case 'list':
      return node.items.map((item, index) => readAny(item, [...path, String(index)], checking));
    case 'scalar':
      return readValue(node, path, checking);
  }
}

function readValue(
  node: ScalarNode,
  path: readonly string[],
  { issues, secrets }: Checking,
): unknown {
  if (node.failed) {
    issues.spoil(path);
    return null;
  }
  if (node.secret) {
    issues.hide(node.spot);
    if (node.text !== '') secrets.add(node.text);
  }
  const trouble = typeof node.value === 'number' ? numberTrouble(node.text) : null;
  if (trouble === null) return node.value;
  const message = `${path.join('.')}: ${shown(node)} ${trouble.what}`;
  issues.add(trouble.problem, node.spot, message, { hint: trouble.write, path });
  return null;
}
