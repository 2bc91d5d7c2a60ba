/** Types of a config's value, by the numbers that DescribeConfigs gives them. */
export const CONFIG_TYPE = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
} as const;
export type ConfigType = keyof typeof CONFIG_TYPE;

/** A config of a topic or of a broker, as Kafka defines it. */
export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** Its default; null when it has none. */
  readonly otherwise: string | null;
  /** The broker config that holds the value where a topic does not; null when there is none. */
  readonly synonym: string | null;
  /** The values that a string may have, and each element of a list. */
  readonly oneOf: readonly string[] | null;
  /** Least number. */
  readonly min: number | null;
  /** Greatest number. */
  readonly max: number | null;
  /** It can be set when the broker starts, and not later. */
  readonly isReadOnly: boolean;
}

/** A definition from its usual parts. */
export function define(
  name: string,
  type: ConfigType,
  otherwise: string | null,
  rest: Partial<Omit<ConfigDefinition, 'name' | 'type' | 'otherwise'>> = {},
): ConfigDefinition {
  const usual = { synonym: null, oneOf: null, min: null, max: null, isReadOnly: false };
  return { name, type, otherwise, ...usual, ...rest };
}

const INT_MAX = 2 ** 31 - 1;
const RANGES: Readonly<Partial<Record<ConfigType, readonly [number, number]>>> = {
  int: [-INT_MAX - 1, INT_MAX],
  short: [-32768, 32767],
  long: [-(2 ** 63), 2 ** 63],
};

/** What is wrong with a value, in Kafka's words; null when nothing is. */
export function problemOf(definition: ConfigDefinition, value: string): string | null {
  const parts = definition.type === 'list' ? elementsOf(value) : [value];
  for (const part of parts) {
    const reason = reasonAgainst(definition, part.trim());
    if (reason === null) continue;
    return `Invalid value ${part} for configuration ${definition.name}: ${reason}`;
  }
  return null;
}

function reasonAgainst(definition: ConfigDefinition, value: string): string | null {
  const { type, oneOf } = definition;
  switch (type) {
    case 'boolean':
      if (/^(true|false)$/i.test(value)) return null;
      return 'Expected value to be either true or false';
    case 'string':
    case 'list':
      if (oneOf === null || oneOf.includes(value)) return null;
      return `String must be one of: ${oneOf.join(', ')}`;
    case 'double':
    case 'int':
    case 'short':
    case 'long':
      return reasonAgainstNumber(definition, value);
  }
}

function reasonAgainstNumber({ type, min, max }: ConfigDefinition, value: string): string | null {
  const number = Number(value);
  const isWhole = /^[+-]?\d+$/.test(value);
  const [least, greatest] = RANGES[type] ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  const isOfType = type === 'double' ? value !== '' && !Number.isNaN(number) : isWhole;
  if (!isOfType || number < least || number > greatest) {
    return `Not a number of type ${type.toUpperCase()}`;
  }
  if (min !== null && number < min) return `Value must be at least ${min}`;
  if (max !== null && number > max) return `Value must be no more than ${max}`;
  return null;
}

/** The elements of a list's text. */
export const elementsOf = (value: string): string[] =>
  value.trim() === '' ? [] : value.split(',').map((each) => each.trim());
