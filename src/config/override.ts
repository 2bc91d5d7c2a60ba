/**
 * `--set a.b.c=value` of the command line as a tree that is laid over the files: a dotted path and a YAML scalar.
 * A path names maps only; ids of pipelines hold no dots, so every key but those of `options` and `partitions` with
 * a dot in them can be reached.
 */
import { isForbiddenKey } from './convert.ts';
import type { Issues } from './issue.ts';
import { parse } from './parse.ts';
import { makeSource, startOf } from './source.ts';
import { type ConfigNode, type MapNode, makeMap, makeScalar } from './tree.ts';

/** One option's tree, or null after reporting what is wrong with it. Relative paths start at `folder`. */
export function parseOverride(option: string, folder: string, issues: Issues): MapNode | null {
  const equals = option.indexOf('=');
  const path = equals === -1 ? [] : option.slice(0, equals).split('.');
  if (path.length === 0 || path.some((step) => step === '')) {
    // What stands before the first "=" is all that may be shown: the rest could be a secret.
    const shown = equals === -1 ? '--set' : `--set ${option.slice(0, equals)}`;
    const source = makeSource(shown, folder, '', false);
    issues.add('override', startOf(source), 'expected section.key=value', {
      hint: 'for example --set pipelines.orders.concurrency=8',
    });
    return null;
  }
  const source = makeSource(`--set ${path.join('.')}`, folder, option.slice(equals + 1), false);
  issues.follow(source);
  const spot = startOf(source);
  const forbidden = path.find(isForbiddenKey);
  if (forbidden !== undefined) {
    issues.add('forbiddenKey', spot, `key "${forbidden}" is refused everywhere`);
    return null;
  }
  if (/^\[[^\]]*\]:/.test(source.text)) {
    issues.add('override', spot, 'a value that begins with [ is a list, unless it is in quotes', {
      hint: `quote it for --set and for your shell, as in --set 'kafka.brokers="[::1]:9092"'`,
    });
    return null;
  }
  const value = source.text === '' ? makeScalar(spot, '', '', 'quoted') : parse(source, issues);
  if (value === null) return null;
  if (value.kind !== 'scalar') {
    issues.add('override', spot, '--set takes a single value, not a list or a map', {
      hint: 'write lists and maps in a file and name it with a further -c',
    });
    return null;
  }
  return wrap(path, value);
}

function wrap(path: readonly string[], value: ConfigNode): MapNode {
  const { spot } = value;
  const node = path.reduceRight<ConfigNode>(
    (inner, step) => makeMap(spot, new Map([[step, { key: spot, node: inner }]])),
    value,
  );
  // A path has at least one step, so the outermost node is a map.
  return node.kind === 'map' ? node : makeMap(spot);
}
