// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/**
 * Replaces `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${file:path}` and `$$` in the scalars of a tree. It
 * works on values after parsing, so that a value can't add structure, and once, so that a value can't ask for
 * another. What was replaced is typed again, as if it had been written plain.
 */
import { resolve } from 'node:path';
import type { Issues } from './issue.ts';
import { coreValue, numberTrouble } from './scalar.ts';
import { readTextFile } from './text-file.ts';
import type { ConfigNode, Entry, MapNode, ScalarNode, ScalarValue } from './tree.ts';

/** The value of a variable; undefined when it isn't set. */
export type Variables = (name: string) => string | undefined;

/** A map with its values replaced, and theirs. */
export function substituteMap(node: MapNode, variables: Variables, issues: Issues): MapNode {
  const entries = new Map<string, Entry>();
  for (const [name, { key, node: value }] of node.entries) {
    entries.set(name, { key, node: substitute(value, variables, issues) });
  }
  return { ...node, entries };
}

export function substitute(node: ConfigNode, variables: Variables, issues: Issues): ConfigNode {
  switch (node.kind) {
    case 'scalar':
      return node.text.includes('$') ? substituteScalar(node, variables, issues) : node;
    case 'list':
      return { ...node, items: node.items.map((item) => substitute(item, variables, issues)) };
    case 'map':
      return substituteMap(node, variables, issues);
  }
}

/** `$$`; `${file:path}`; `${NAME}` with an operator and what follows it; or the beginning of something malformed. */
const FORMS = /\$\$|\$\{(?:file:(?![-?])([^{}]+)|([A-Za-z_]\w*)(?::([-?])([^{}]*))?)\}|\$\{/g;
const SECRET_NAME = /pass|pwd|secret|token|credential|private|api_?key/i;
const MAX_FILE_BYTES = 65_536;

interface Replacement {
  readonly text: string;
  /** The form, without its default or message. */
  readonly origin: string;
  readonly secret: boolean;
}

function substituteScalar(node: ScalarNode, variables: Variables, issues: Issues): ScalarNode {
  const forms = [...node.text.matchAll(FORMS)];
  if (forms.some(([form]) => form === '${')) {
    issues.add('substitution', node.spot, 'this ${...} is malformed', {
      hint: 'write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:path}, not nested; $$ is a dollar sign',
    });
    return { ...node, failed: true };
  }
  const origins: string[] = [];
  let text = '';
  let at = 0;
  let secret = false;
  let failed = false;
  for (const match of forms) {
    const replacement = replace(match, node, variables, issues);
    text += node.text.slice(at, match.index) + (replacement?.text ?? '');
    at = match.index + match[0].length;
    if (replacement === null) failed = true;
    else if (replacement.origin !== '$$') origins.push(replacement.origin);
    secret ||= replacement?.secret ?? false;
  }
  text += node.text.slice(at);
  if (failed || origins.length === 0)
    return { ...node, text, value: text, written: 'quoted', failed };
  return { ...node, text, value: typed(text), written: 'substituted', origins, secret };
}

/** Typed by the core schema, unless that would lose something: digits, leading zeros, or that there is a value. */
function typed(text: string): ScalarValue {
  return text === '' || numberTrouble(text) !== null ? text : coreValue(text);
}

/** What stands for a form; null after reporting that there is nothing. */
function replace(
  [form, path, name, operator, rest = '']: RegExpExecArray,
  node: ScalarNode,
  variables: Variables,
  issues: Issues,
): Replacement | null {
  if (path !== undefined) return fromFile(path, node, issues);
  if (name === undefined) return { text: '$', origin: form, secret: false };
  const value = variables(name);
  const origin = `\${${name}}`;
  const secret = SECRET_NAME.test(name);
  const isSet = operator === undefined ? value !== undefined : value !== undefined && value !== '';
  if (isSet) return { text: value ?? '', origin, secret };
  if (operator === '-') return { text: rest, origin, secret };
  const detail = rest === '' ? '' : `: ${rest}`;
  const hint = operator === undefined ? `set it, or write \${${name}:-default}` : null;
  issues.add('variableUnset', node.spot, `variable ${name} is not set${detail}`, { hint });
  return null;
}

/** A file's text without one line break at its end, as secrets are mounted. */
function fromFile(path: string, node: ScalarNode, issues: Issues): Replacement | null {
  const result = readTextFile(resolve(node.spot.source.folder, path), MAX_FILE_BYTES);
  if ('text' in result) {
    return { text: result.text.replace(/\r?\n$/, ''), origin: `\${file:${path}}`, secret: true };
  }
  issues.add(result.problem, node.spot, `file ${path} ${result.why}`);
  return null;
}
