/** `source.topics`: names as a list or a comma-separated text, or one pattern. */
import type { Site } from './check.ts';
import { shown } from './describe.ts';
import type { Issues } from './issue.ts';
import { readScalar } from './read-scalar.ts';
import { isPattern, parsePattern } from './topic.ts';
import type { ConfigNode, ScalarNode } from './tree.ts';

/** Names, each once; or a pattern and no names. */
export interface Topics {
  readonly names: readonly string[];
  readonly pattern: RegExp | null;
}

export function readTopics(node: ConfigNode, { path }: Site, issues: Issues): Topics | undefined {
  const items = itemsOf(node);
  if (items === null) {
    const message = `${path.join('.')}: expected topic names, or one /regex/, got ${shown(node)}`;
    issues.add('wrongType', node.spot, message, { path });
    return undefined;
  }
  if (items.length === 0) {
    issues.add('outOfRange', node.spot, `${path.join('.')}: needs at least one topic`, { path });
    return undefined;
  }
  const pattern = items.find((item) => item.kind === 'scalar' && isPattern(item.text));
  if (pattern?.kind === 'scalar') return readPattern(pattern, items.length, path, issues);
  return readNames(items, path, issues);
}

function itemsOf(node: ConfigNode): readonly ConfigNode[] | null {
  if (node.kind === 'list') return node.items;
  if (node.kind !== 'scalar' || node.written === 'empty') return null;
  // A pattern may hold commas, a name may not.
  if (isPattern(node.text) || !node.text.includes(',')) return [node];
  return node.text.split(',').map((item) => ({ ...node, text: item.trim(), value: item.trim() }));
}

function readPattern(
  node: ScalarNode,
  count: number,
  path: readonly string[],
  issues: Issues,
): Topics | undefined {
  if (count > 1) {
    const message = `${path.join('.')}: a pattern stands alone, without other topics`;
    issues.add('topicPattern', node.spot, message, {
      hint: 'put the names into the pattern: /^(orders|refunds)$/',
      path,
    });
    return undefined;
  }
  const pattern = parsePattern(node.text);
  if (pattern instanceof RegExp) return { names: [], pattern };
  issues.add(
    'topicPattern',
    node.spot,
    `${path.join('.')}: pattern ${shown(node)} ${pattern.why}`,
    { path },
  );
  return undefined;
}

function readNames(
  items: readonly ConfigNode[],
  path: readonly string[],
  issues: Issues,
): Topics | undefined {
  const names = new Set<string>();
  for (const [index, item] of items.entries()) {
    const inner = [...path, String(index)];
    if (item.kind !== 'scalar') {
      const message = `${path.join('.')}: expected a topic name, got ${shown(item)}`;
      issues.add('wrongType', item.spot, message, { path: inner });
      continue;
    }
    if (item.failed) issues.spoil(path);
    if (item.failed) continue;
    const name = readScalar({ type: 'topic' }, item, inner, issues);
    if (typeof name !== 'string') continue;
    if (names.has(name)) {
      issues.add('duplicateTopic', item.spot, `${path.join('.')}: topic ${name} is listed twice`, {
        path: inner,
      });
    }
    names.add(name);
  }
  return names.size === 0 ? undefined : { names: [...names], pattern: null };
}
