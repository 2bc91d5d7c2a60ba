/**
 * Types of plain scalars: YAML 1.2's core schema (yaml.org/spec/1.2.2, section 10.3.2), applied to plain text of a
 * file and again to text that substitution made. Numbers that would lose digits or that other YAML versions read
 * differently are told apart here, since a silently changed number is the worst outcome.
 */
import type { ScalarValue } from './tree.ts';

const INTEGER = /^[-+]?[0-9]+$/;
const OCTAL_OR_HEX = /^(?:0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text): [string, null] => [text, null]),
  ...['true', 'True', 'TRUE'].map((text): [string, boolean] => [text, true]),
  ...['false', 'False', 'FALSE'].map((text): [string, boolean] => [text, false]),
]);

/** The value of a plain scalar. Infinite and inexact numbers come back as numbers; `numberTrouble` tells them apart. */
export function coreValue(text: string): ScalarValue {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  if (OCTAL_OR_HEX.test(text)) return Number(text);
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text);
  if (NOT_FINITE.test(text)) return notFinite(text);
  return text;
}

export interface NumberTrouble {
  readonly problem: 'ambiguousNumber' | 'outOfRange';
  readonly what: string;
  readonly write: string;
}

const NOT_A_NUMBER: NumberTrouble = {
  problem: 'outOfRange',
  what: 'is not a finite number',
  write: 'write a number, or quote it if it is text',
};

/**
 * Why the number that `text` spells must not be taken: what is wrong and what to write. null when the number is fine
 * or `text` is no number.
 */
export function numberTrouble(text: string): NumberTrouble | null {
  if (NOT_FINITE.test(text)) return NOT_A_NUMBER;
  if (OCTAL_OR_HEX.test(text)) {
    const write = `write ${Number(text)}, or quote it if it is text`;
    return { problem: 'ambiguousNumber', what: 'is not a decimal number', write };
  }
  if (!INTEGER.test(text) && !FLOAT.test(text)) return null;
  if (/^[-+]?0[0-9]/.test(text)) return leadingZero(text);
  const value = Number(text);
  if (!Number.isFinite(value)) return NOT_A_NUMBER;
  if (INTEGER.test(text) && !Number.isSafeInteger(value)) {
    const write = `write at most ${Number.MAX_SAFE_INTEGER}, or quote it if it is text`;
    return { problem: 'outOfRange', what: 'is too large to be exact', write };
  }
  return null;
}

function leadingZero(text: string): NumberTrouble {
  const decimal = Number(text);
  const octal = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
  const what = 'has a leading zero, which some readers take for octal';
  const write =
    octal === null
      ? `write ${decimal}, or quote it if it is text`
      : `write ${decimal}, ${octal} if octal was meant, or quote it if it is text`;
  return { problem: 'ambiguousNumber', what, write };
}

function notFinite(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
