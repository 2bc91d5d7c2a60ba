/**
 * What an entry of the field table says. The table (`fields.ts` and its parts) is the only place where a key is
 * known: reading, defaults, the JSON Schema and the reference are made from it.
 */
import type { Literal } from './tree.ts';

/** The keys of a map, by name, in the order in which they are documented. */
export type Fields = Readonly<Record<string, Field>>;

/** One key. */
export type Field = Shape & {
  /** What it means, its unit and what follows from it, for the reference and for editors. */
  readonly doc: string;
  /** What holds when the key is missing, as one would write it. Without it, a missing key stays missing. */
  readonly default?: Literal;
  /** It must be written; there is no default. */
  readonly required?: true;
  /** Its name in `MillraceConfig`, where that is another one. */
  readonly as?: string;
};

/** What a value looks like. */
export type Shape =
  | { readonly type: 'constant'; readonly value: number }
  | TextShape
  | { readonly type: 'boolean' }
  | ChoiceShape
  | NumberShape
  | QuantityShape
  /** A topic name. */
  | { readonly type: 'topic' }
  /** Id of a static member, made as topic names are; empty for none. */
  | { readonly type: 'instanceId' }
  /** Topic names as a list or a comma-separated text, or one pattern. */
  | { readonly type: 'topics' }
  /** `host:port`. */
  | { readonly type: 'broker' }
  /** `./file.ts` or `./file.ts#exportName`. */
  | { readonly type: 'handler' }
  /** A file that exists, from the folder of the file that states it. */
  | { readonly type: 'file' }
  /** Any map, kept as it is. */
  | { readonly type: 'data' }
  | ListShape
  | MapShape
  | EntriesShape;

export interface TextShape {
  readonly type: 'text';
  /** Characters. */
  readonly max: number;
  /** Never shown. */
  readonly secret?: true;
}

export interface ChoiceShape {
  readonly type: 'choice';
  readonly values: readonly string[];
  /** What is often written instead, and which of the values it means. */
  readonly meant?: Readonly<Record<string, string>>;
}

export interface NumberShape {
  readonly type: 'integer' | 'number';
  readonly min: number;
  readonly max: number;
  /** The word `auto` is a value too. */
  readonly auto?: true;
}

export interface QuantityShape {
  readonly type: 'duration' | 'size';
  /** As one would write it. */
  readonly min: string;
  /** Of a duration at most 24d: a timer of Node that is longer than 2^31 - 1 ms fires at once. */
  readonly max: string;
  readonly auto?: true;
}

export interface ListShape {
  readonly type: 'list';
  readonly of: Shape;
  /** Items, at least. */
  readonly min?: number;
  /** No value twice. */
  readonly unique?: true;
  /** A text with commas is a list too. */
  readonly commas?: true;
}

export interface MapShape {
  readonly type: 'map';
  readonly fields: Fields;
  /** `false` (nothing, null in the result) and `true` (the defaults) are values too. */
  readonly toggle?: true;
  /** Nothing is required and no default is filled in: the map is laid under others. */
  readonly partial?: true;
}

/** A map with keys that the user names. */
export interface EntriesShape {
  readonly type: 'entries';
  readonly keys: 'topic' | 'pipeline id';
  readonly of: Shape;
}
