import type { HandlerDefinition } from '../src/contract/handler.ts';
import { nearest } from '../src/contract/nearest.ts';

/** A module has no usable handler where one is looked for. */
export class NoHandlerError extends TypeError {
  override readonly name: string = 'TypeError';
  /** Names of the handlers that the module exports. */
  readonly exports: readonly string[];

  constructor(message: string, exports: readonly string[] = []) {
    super(message);
    this.exports = exports;
  }
}

/**
 * The handler that a module exports under a name, null being the default export: a function, or an object with `handle`. Throws
 * NoHandlerError for anything that would not do what its author meant.
 */
export function definitionOf(
  module: Record<string, unknown>,
  exportName: string | null,
): HandlerDefinition {
  const name = exportName ?? 'default';
  const exports = exportsOf(module);
  let found = exports[name];
  // A CommonJS module that was compiled from ESM carries its default export one level deeper.
  if (name === 'default' && isObject(found) && 'default' in found) found = found['default'];
  if (typeof found === 'function') {
    checkCallable('The handler', found);
    return { handle: found as HandlerDefinition['handle'] };
  }
  if (isObject(found) && typeof found['handle'] === 'function') {
    checkFields(found, isWholeModule(found, module));
    return found as unknown as HandlerDefinition;
  }
  if (isObject(found) && !isWholeModule(found, module)) checkNames(found);
  const what = found === undefined ? 'has no' : 'is not a handler as';
  throw new NoHandlerError(
    `The module ${what} ${name === 'default' ? 'default export' : `export "${name}"`}. A handler is a function (record, ctx) or the result of defineHandler({ handle }).`,
    Object.keys(exports).filter((key) => isHandler(exports[key])),
  );
}

/** Whether it is all that a CommonJS module exports; Node 20 doesn't always tell. */
const isWholeModule = (found: unknown, module: Record<string, unknown>): boolean =>
  found === module['module.exports'] ||
  (isObject(found) &&
    Object.keys(module).some((name) => name in found && found[name] === module[name]));

/** What a module exports; of a CommonJS module also what Node could not tell by reading its text. */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const { 'module.exports': _, ...named } = module;
  const whole = named['default'];
  return isObject(whole) && !isHandler(whole) ? { ...whole, ...named } : named;
}

/** Refuses functions whose call does nothing yet, or can't be made. */
function checkCallable(what: string, call: unknown): void {
  const kind = Object.prototype.toString.call(call).slice(8, -1);
  if (kind.endsWith('GeneratorFunction')) {
    throw new NoHandlerError(
      `${what} is a generator function, of which a call runs nothing. Write "async (record, ctx) => …" without the asterisk, and return an array for several outputs.`,
    );
  }
  if (/^class\b/.test(Function.prototype.toString.call(call))) {
    throw new NoHandlerError(
      `${what} is a class, which can't be called. Export an instance that has handle(record, ctx), or a function.`,
    );
  }
}

/** `isModule`: it is all that a CommonJS module exports, which may be more than the handler. */
function checkFields(definition: Record<string, unknown>, isModule: boolean): void {
  checkCallable('handle', definition['handle']);
  for (const name of ['setup', 'teardown']) {
    const value = definition[name];
    if (value === undefined) continue;
    if (typeof value !== 'function') {
      throw new NoHandlerError(`${name} is ${kindOf(value)}; it has to be a function.`);
    }
    checkCallable(name, value);
  }
  for (const name of ['value', 'options']) {
    const value = definition[name];
    if (value !== undefined && !isSchema(value)) {
      throw new NoHandlerError(
        `${name} is ${kindOf(value)}; it has to be a schema of a Standard Schema library, such as z.object({ … }).`,
      );
    }
  }
  // What looks like none of a handler's fields is its own, for its `this`.
  if (isModule || Object.getPrototypeOf(definition) !== Object.prototype) return;
  checkNames(definition);
}

function checkNames(definition: Record<string, unknown>): void {
  for (const key of Object.keys(definition)) {
    const meant = FIELDS.includes(key) ? null : nearest(key, FIELDS);
    if (meant !== null) {
      throw new NoHandlerError(`A handler has no "${key}". Did you mean "${meant}"?`);
    }
    if (key === 'batch') {
      throw new NoHandlerError('A handler has no "batch": it handles one record at a time.');
    }
  }
}

const FIELDS: readonly string[] = ['handle', 'setup', 'teardown', 'value', 'options'];

const isHandler = (value: unknown): boolean =>
  typeof value === 'function' || (isObject(value) && typeof value['handle'] === 'function');

/** Schemas of some libraries are functions. */
const isSchema = (value: unknown): boolean =>
  (isObject(value) || typeof value === 'function') &&
  isObject((value as Record<string, unknown>)['~standard']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const kindOf = (value: unknown): string =>
  isObject(value) ? 'an object' : value === null ? 'null' : `a ${typeof value}`;
