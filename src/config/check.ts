/**
 * The tree against the field table: every key is known, every value has its type and range, what is missing has its
 * default. Reports all problems and still gives a value for every key that has a default, so that the rules between
 * keys can be checked in the same run.
 */
import { expected, quoted, shown } from './describe.ts';
import type { EntriesShape, Field, Fields, ListShape, MapShape, Shape } from './field.ts';
import { Issues } from './issue.ts';
import { readData } from './read-data.ts';
import { readScalar } from './read-scalar.ts';
import { readTopics } from './read-topics.ts';
import type { Spot } from './source.ts';
import { substitute, type Variables } from './substitute.ts';
import { isTopicName } from './topic.ts';
import { type ConfigNode, type Entry, isEmpty, literalNode, type MapNode } from './tree.ts';
import { adviseOn } from './unknown-key.ts';

/** What is the same for a whole tree. */
export interface Checking {
  /** The whole table. */
  readonly root: Fields;
  readonly issues: Issues;
  /** For defaults that name a variable. */
  readonly variables: Variables;
  /** Takes up every secret text. */
  readonly secrets: Set<string>;
  /** Nothing is required and no default is filled in. */
  readonly partial?: boolean;
}

/** Where a value hangs. */
export interface Site {
  /** Its key, where what is missing inside is shown. */
  readonly at: Spot;
  readonly path: readonly string[];
}

/** The values of a map by their names in `MillraceConfig`. */
export function checkMap(
  fields: Fields,
  node: MapNode,
  site: Site,
  checking: Checking,
): Record<string, unknown> {
  const meant = reportUnknown(fields, node, site, checking);
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const entry = node.entries.get(name);
    const inner = { at: entry?.key ?? site.at, path: [...site.path, name] };
    const written = entry === undefined ? undefined : readField(field, entry.node, inner, checking);
    const value = written === undefined ? absent(field, entry, inner, meant, checking) : written;
    if (value !== undefined) result[field.as ?? name] = value;
    else if (field.required === true) checking.issues.spoil(inner.path);
  }
  return result;
}

/** Reports keys that the table doesn't have; gives the fields that were probably meant by them. */
function reportUnknown(
  fields: Fields,
  node: MapNode,
  site: Site,
  { root, issues }: Checking,
): ReadonlySet<Field> {
  const meant = new Set<Field>();
  for (const [name, entry] of node.entries) {
    if (Object.hasOwn(fields, name)) continue;
    const { near, hint } = adviseOn(name, fields, root);
    if (near !== null) meant.add(near);
    // It could be a secret under a key that is misspelt or not known at all.
    if (near === null || mayHoldSecret(near)) issues.hide(entry.node.spot);
    const where = site.path.length === 0 ? '' : ` in ${site.path.join('.')}`;
    const path = [...site.path, name];
    issues.add('unknownKey', entry.key, `unknown key ${quoted(name)}${where}`, { hint, path });
  }
  return meant;
}

function mayHoldSecret(shape: Shape): boolean {
  return isContainer(shape) || (shape.type === 'text' && shape.secret === true);
}

/**
 * The value of a key that isn't written or says nothing usable: its default, or nothing after reporting that it is
 * required. One that is there with a spelling mistake isn't reported as missing too.
 */
function absent(
  field: Field,
  entry: Entry | undefined,
  site: Site,
  meant: ReadonlySet<Field>,
  checking: Checking,
): unknown {
  const isRequired = field.required === true && checking.partial !== true;
  if (!isRequired || entry !== undefined || meant.has(field))
    return defaultOf(field, site, checking);
  const { at, path } = site;
  const message = `${path.join('.')} is missing`;
  const hint = `write ${path.at(-1)}: ${expected(field)}`;
  checking.issues.add('missingKey', at, message, { hint, path });
  return undefined;
}

/** The value of a key that is missing, or whose own value was refused: then what that lacks isn't reported again. */
function defaultOf(field: Field, site: Site, checking: Checking): unknown {
  if (field.default === undefined || checking.partial === true) return undefined;
  if (field.default === null) return null;
  const issues = checking.issues.spoiled(site.path) ? new Issues() : checking.issues;
  const node = substitute(literalNode(field.default, site.at), checking.variables, issues);
  return readField(field, node, site, { ...checking, issues });
}

/** A field's value; undefined when there is none, because it says nothing or because its problem is reported. */
function readField(field: Field, node: ConfigNode, site: Site, checking: Checking): unknown {
  if (isContainer(field) && node.kind === 'scalar' && !node.failed) {
    // `kafka:` with nothing after it says nothing; `sink: null` says "none".
    if (isEmpty(node) || (node.value === null && node.written === 'plain')) return undefined;
  }
  return readShape(field, node, site, checking);
}

function readShape(shape: Shape, node: ConfigNode, site: Site, checking: Checking): unknown {
  const { issues } = checking;
  if (node.kind === 'scalar' && takeSecret(shape, node, checking)) {
    issues.spoil(site.path);
    return undefined;
  }
  switch (shape.type) {
    case 'topics':
      return readTopics(node, site, issues);
    case 'list':
      return readList(shape, node, site, checking);
    case 'map':
      return readMap(shape, node, site, checking);
    case 'entries':
      return readEntries(shape, node, site, checking);
    case 'data':
      return node.kind === 'map'
        ? readData(node, site.path, checking)
        : wrongType(shape, node, site, issues);
    case 'constant':
    case 'text':
    case 'boolean':
    case 'choice':
    case 'integer':
    case 'number':
    case 'duration':
    case 'size':
    case 'topic':
    case 'instanceId':
    case 'broker':
    case 'handler':
    case 'file':
      return node.kind === 'scalar'
        ? readScalar(shape, node, site.path, issues)
        : wrongType(shape, node, site, issues);
  }
}

function readMap(shape: MapShape, node: ConfigNode, site: Site, checking: Checking): unknown {
  const { fields } = shape;
  const inner = shape.partial === true ? { ...checking, partial: true } : checking;
  if (node.kind === 'map') return checkMap(fields, node, site, inner);
  if (shape.toggle === true && node.kind === 'scalar' && typeof node.value === 'boolean') {
    const empty = literalNode({}, site.at);
    return node.value && empty.kind === 'map' ? checkMap(fields, empty, site, inner) : null;
  }
  return wrongType(shape, node, site, checking.issues);
}

function readList(shape: ListShape, node: ConfigNode, site: Site, checking: Checking): unknown {
  const items = itemsOf(shape, node);
  if (items === null) return wrongType(shape, node, site, checking.issues);
  if (items.length < (shape.min ?? 0)) {
    const message = `${site.path.join('.')}: needs at least ${shape.min} item${shape.min === 1 ? '' : 's'}`;
    checking.issues.add('outOfRange', node.spot, message, { path: site.path });
    return undefined;
  }
  const values = items.map((item, index) => {
    const inner = { at: item.spot, path: [...site.path, String(index)] };
    return readShape(shape.of, item, inner, checking);
  });
  if (values.includes(undefined)) checking.issues.spoil(site.path);
  const known = values.filter((value) => value !== undefined);
  const again = known.find((value, index) => known.indexOf(value) !== index);
  if (shape.unique === true && again !== undefined) {
    const message = `${site.path.join('.')}: ${quoted(String(again))} is listed twice`;
    checking.issues.add('outOfRange', node.spot, message, { path: site.path });
  }
  return known;
}

function itemsOf(shape: ListShape, node: ConfigNode): readonly ConfigNode[] | null {
  if (node.kind === 'list') return node.items;
  if (shape.commas !== true || node.kind !== 'scalar' || typeof node.value !== 'string')
    return null;
  return node.text.split(',').map((item) => ({ ...node, text: item.trim(), value: item.trim() }));
}

function readEntries(
  shape: EntriesShape,
  node: ConfigNode,
  site: Site,
  checking: Checking,
): unknown {
  if (node.kind !== 'map') return wrongType(shape, node, site, checking.issues);
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of node.entries) {
    const inner = { at: entry.key, path: [...site.path, name] };
    checkName(shape, name, inner, checking.issues);
    const said =
      isEmpty(entry.node) && shape.of.type === 'map' ? literalNode({}, entry.key) : entry.node;
    const value = readShape(shape.of, said, inner, checking);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function checkName({ keys }: EntriesShape, name: string, { at, path }: Site, issues: Issues): void {
  if (keys === 'topic' && !isTopicName(name)) {
    issues.add('topicName', at, `${quoted(name)} is not a topic name`, { path });
  }
  if (keys === 'pipeline id' && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
    const hint = 'use 1 to 64 letters, digits, - and _, a letter or digit first';
    issues.add('pipelineId', at, `${quoted(name)} is not a pipeline id`, { hint, path });
  }
}

function wrongType(shape: Shape, node: ConfigNode, { path }: Site, issues: Issues): undefined {
  const message = `${path.join('.')}: expected ${expected(shape)}, got ${shown(node)}`;
  issues.add('wrongType', node.spot, message, { path });
  return undefined;
}

/** Takes up what is secret and keeps it off the screen; true when the scalar has failed already. */
function takeSecret(shape: Shape, node: ConfigNode, { issues, secrets }: Checking): boolean {
  if (node.kind !== 'scalar') return false;
  if (node.secret || (shape.type === 'text' && shape.secret === true)) {
    issues.hide(node.spot);
    if (node.text !== '' && !node.failed) secrets.add(node.text);
  }
  return node.failed;
}

function isContainer(shape: Shape): boolean {
  return ['map', 'entries', 'data'].includes(shape.type);
}
