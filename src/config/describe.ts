/**
 * Words for values and for what was expected instead, as messages use them. Nothing secret comes out of here: a value
 * is shown only if neither its key nor its origin is secret, and then shortened and made printable.
 */
import { printable } from './excerpt.ts';
import type { Shape } from './field.ts';
import type { ConfigNode } from './tree.ts';

const LONGEST = 60;

/** What stands there: `"five" (from ${TRIES})`, `a list`, `nothing`. */
export function shown(node: ConfigNode, isSecret = false): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  const from = node.origins.length === 0 ? '' : ` (from ${node.origins.join(', ')})`;
  if (node.secret || isSecret) return `a secret value${from}`;
  if (node.written === 'empty') return 'nothing';
  if (node.value === null && node.written === 'plain') return 'null';
  const isText = typeof node.value === 'string' || node.written === 'substituted';
  return `${isText ? quoted(node.text) : node.text}${from}`;
}

/** Text in quotes, printable and of bounded length. */
export function quoted(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return `"${printable(short).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** What a shape takes: `a whole number from 1 to 512, or auto`. */
export function expected(shape: Shape): string {
  switch (shape.type) {
    case 'constant':
      return String(shape.value);
    case 'text':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'choice':
      return shape.values.join(', ');
    case 'integer':
      return `a whole number from ${shape.min} to ${shape.max}${orAuto(shape)}`;
    case 'number':
      return `a number from ${shape.min} to ${shape.max}${orAuto(shape)}`;
    case 'duration':
    case 'size':
      return `a ${shape.type} from ${shape.min} to ${shape.max}${orAuto(shape)}`;
    case 'topic':
      return 'a topic name';
    case 'instanceId':
      return 'an instance id, or "" for none';
    case 'topics':
      return 'topic names, or one /regex/';
    case 'broker':
      return 'host:port';
    case 'handler':
      return './file.ts or ./file.ts#exportName';
    case 'file':
      return 'the path of a file';
    case 'list':
      return shape.commas === true ? 'a list or a comma-separated text' : 'a list';
    case 'map':
      return shape.toggle === true ? 'true, false or a map' : 'a map';
    case 'data':
    case 'entries':
      return 'a map';
  }
}

function orAuto(shape: { readonly auto?: true }): string {
  return shape.auto === true ? ', or auto' : '';
}
