import { reportError } from '../src/contract/errors.ts';
import type {
  HandlerDefinition,
  HandlerLogger,
  SchemaResult,
  ThreadIdentity,
} from '../src/contract/handler.ts';
import type { HandlerCall, HandlerRefusal, HandlerSpec, Witness } from '../src/contract/thread.ts';
import { definitionOf, NoHandlerError } from './definition.ts';
import { isThenable } from './thenable.ts';

/** A handler that is ready for records. */
export interface LoadedHandler {
  readonly state: unknown;
  readonly options: unknown;
  /** Checks the value and runs the handler. May throw or reject with anything. */
  readonly call: HandlerCall;
  teardown(): unknown;
}

/** Loading took a wrong turn; the facts are for the person who wrote the handler. */
export class RefusedError extends Error {
  readonly refusal: HandlerRefusal;

  constructor(refusal: HandlerRefusal) {
    super(refusal.error.message);
    this.refusal = refusal;
  }
}

/** A value that doesn't fit the handler's schema. */
export class SchemaError extends Error {
  override readonly name: string = 'SchemaError';
  readonly code = 'MR211';
}

/**
 * Imports a handler module, checks its shape and its options, and runs its setup. Throws RefusedError. A module that does
 * not finish loading within `loadTimeoutMs` (a top-level await that never ends) is refused too.
 */
export async function loadHandler(
  spec: HandlerSpec,
  around: { logger: HandlerLogger; thread: ThreadIdentity },
  loadTimeoutMs: number,
): Promise<LoadedHandler> {
  const module = await stage('load', () => within(loadTimeoutMs, import(spec.url)));
  const definition = await stage('export', () =>
    definitionOf(module as Record<string, unknown>, spec.exportName),
  );
  const options = await stage('options', () => optionsOf(definition, spec.options));
  const state = await stage('setup', async () =>
    definition.setup && !spec.isCheck ? definition.setup({ options, ...around }) : undefined,
  );
  return {
    state,
    options,
    call: spec.witness === null ? callOf(definition) : await witnessed(definition, spec.witness),
    teardown: () => (spec.isCheck ? undefined : definition.teardown?.({ state })),
  };
}

/** The call with a witness around it. */
async function witnessed(definition: HandlerDefinition, url: string): Promise<HandlerCall> {
  const { witness } = (await import(url)) as { witness: Witness };
  return witness(callOf(definition));
}

/** The call of one record: through the schema of the value if there is one. */
function callOf(definition: HandlerDefinition): HandlerCall {
  const { value: schema } = definition;
  if (!schema) return (record, ctx) => definition.handle(record, ctx);
  return (record, ctx) => {
    const run = (result: SchemaResult<unknown>): unknown => {
      record.value = accepted(result, 'value');
      return definition.handle(record, ctx);
    };
    const result: unknown = schema['~standard'].validate(record.value);
    return isThenable(result)
      ? Promise.resolve(result as Promise<SchemaResult<unknown>>).then(run)
      : run(result as SchemaResult<unknown>);
  };
}

async function optionsOf(
  { options: schema }: HandlerDefinition,
  options: unknown,
): Promise<unknown> {
  return schema ? accepted(await schema['~standard'].validate(options), 'options') : options;
}

/** The value that a schema has made. Throws SchemaError when it found fault with it. */
function accepted(result: SchemaResult<unknown>, what: string): unknown {
  if (result.issues === undefined) return result.value;
  const text = result.issues.map(({ message, path }) => `${pathText(path)}${message}`).join('; ');
  throw new SchemaError(`The ${what} does not fit the handler's schema: ${text}`);
}

function pathText(path: unknown): string {
  if (!Array.isArray(path) || path.length === 0) return '';
  const keys = path.map((part) => String(isObject(part) ? part['key'] : part));
  return `${keys.join('.')}: `;
}

async function stage<T>(name: HandlerRefusal['stage'], run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    const exports = thrown instanceof NoHandlerError ? thrown.exports : [];
    throw new RefusedError({ stage: name, error: reportError(thrown), exports });
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The module did not finish loading within ${timeoutMs} ms.`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
