import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { HandlerContext, HandlerRecord } from '../../src/contract/handler.ts';
import type { HandlerRefusal, HandlerSpec } from '../../src/contract/thread.ts';
import { type LoadedHandler, loadHandler, RefusedError } from '../../workers/load-handler.ts';
import { projectOf } from '../support/handler-files.ts';

const LOGGER = { debug() {}, info() {}, warn() {}, error() {} };
const AROUND = { logger: LOGGER, thread: { id: 4 } };

const SPEC: HandlerSpec = {
  pipeline: 'orders',
  url: '',
  exportName: null,
  options: { rate: 2 },
  deserialize: { key: 'string', value: 'json' },
  timeoutMs: 1000,
  graceMs: 1000,
  concurrency: 1,
  sink: null,
  isCheck: false,
  witness: null,
};

/** URL of a module of this text; each is its own. */
const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

const load = (text: string, spec: Partial<HandlerSpec> = {}): Promise<LoadedHandler> =>
  loadHandler({ ...SPEC, url: moduleOf(text), ...spec }, AROUND, 5000);

/** Loads a file of a project. */
async function loadFile(
  t: TestContext,
  name: string,
  text: string,
  exportName: string | null = null,
): Promise<LoadedHandler> {
  const folder = await projectOf(t, { [name]: text });
  const url = pathToFileURL(join(folder, name)).href;
  return loadHandler({ ...SPEC, url, exportName }, AROUND, 5000);
}

/** Why a handler was refused. */
async function refusal(loading: Promise<LoadedHandler>): Promise<HandlerRefusal> {
  const refused = await loading.then(
    () => assert.fail('the handler was loaded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(refused instanceof RefusedError);
  return refused.refusal;
}

const RECORD = { value: 'the value' } as HandlerRecord;
const CONTEXT = {} as HandlerContext;
const call = (handler: LoadedHandler, record = RECORD): unknown => handler.call(record, CONTEXT);

test('a handler is a function', async () => {
  assert.equal(call(await load('export default (record) => record.value')), 'the value');
});

test('a handler is an object with handle, whose this is the object', async () => {
  const handler = await load('export default { x: 7, handle() { return this.x } }');
  assert.equal(call(handler), 7);
});

test('a handler may be a named export', async () => {
  const text = 'export const price = () => "named"; export default () => "default";';
  assert.equal(call(await load(text, { exportName: 'price' })), 'named');
  assert.equal(call(await load(text)), 'default');
});

test('a handler may be CommonJS, whatever way it exports', async (t) => {
  const texts = [
    ['module.exports = () => "a"', null],
    ['module.exports = { handle: () => "a" }', null],
    ['exports.default = () => "a"', null],
    [
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = () => "a"',
      null,
    ],
    ['exports.price = () => "a"', 'price'],
    ['const all = { price: () => "a" }; module.exports = Object.assign({}, all)', 'price'],
  ] as const;
  for (const [text, exportName] of texts) {
    assert.equal(call(await loadFile(t, 'handler.cjs', text, exportName)), 'a', text);
  }
});

test('a refused export names what the module does export', async () => {
  const text =
    'export const price = () => {}; export const rate = { handle() {} }; export const n = 1';
  const { stage, error, exports } = await refusal(load(text));
  assert.equal(stage, 'export');
  assert.match(error.message, /^The module has no default export\. A handler is a function/);
  assert.deepEqual(exports, ['price', 'rate']);
});

test('a misspelt export names the others', async () => {
  const text = 'export const price = () => {}; export default () => {}';
  const { error, exports } = await refusal(load(text, { exportName: 'prise' }));
  assert.match(error.message, /has no export "prise"/);
  assert.deepEqual(exports, ['default', 'price']);
});

test('a misspelt export of a CommonJS module names the others, each once', async (t) => {
  const text = 'module.exports = Object.assign({}, { price: () => {}, rate: () => {} })';
  const { exports } = await refusal(loadFile(t, 'handler.cjs', text, 'prise'));
  assert.deepEqual(exports, ['price', 'rate']);
  const lone = await refusal(loadFile(t, 'handler.cjs', 'module.exports = () => {}', 'prise'));
  assert.deepEqual(lone.exports, ['default']);
});

test('what is neither a function nor has handle is refused', async () => {
  for (const value of ['1', '"text"', 'null', '{}', '{ handle: 1 }', '[]']) {
    const { stage, error } = await refusal(load(`export default ${value}`));
    assert.equal(stage, 'export');
    assert.match(error.message, /is not a handler as default export/);
  }
});

test('a module that throws while it loads is refused with what it threw', async () => {
  const { stage, error } = await refusal(load('throw new RangeError("no config")'));
  assert.deepEqual([stage, error.name, error.message], ['load', 'RangeError', 'no config']);
});

test('a module that does not parse, or imports what is not there, is refused', async () => {
  assert.equal((await refusal(load('export default ('))).error.name, 'SyntaxError');
  const missing = await refusal(load('import "node:no-such-module"'));
  assert.equal(missing.stage, 'load');
  assert.match(missing.error.message, /no-such-module/);
});

test('a module whose top-level await never ends is refused within the time to load', async () => {
  const url = moduleOf('await new Promise(() => {}); export default () => {}');
  const { stage, error } = await refusal(loadHandler({ ...SPEC, url }, AROUND, 20));
  assert.equal(stage, 'load');
  assert.match(error.message, /did not finish loading within 20 ms/);
});

test('setup gets the options, a logger and the thread, and makes the state', async () => {
  const handler = await load(`export default {
    async setup({ options, logger, thread }) {
      return { rate: options.rate, thread: thread.id, logs: typeof logger.info };
    },
    handle() {},
  }`);
  assert.deepEqual(handler.state, { rate: 2, thread: 4, logs: 'function' });
  assert.deepEqual(handler.options, { rate: 2 });
});

test('a setup that throws or rejects is refused', async () => {
  for (const body of ['throw new Error("no db")', 'return Promise.reject(new Error("no db"))']) {
    const text = `export default { setup() { ${body} }, handle() {} }`;
    const { stage, error } = await refusal(load(text));
    assert.deepEqual([stage, error.message], ['setup', 'no db']);
  }
});

test('teardown gets the state', async () => {
  const handler = await load(`export default {
    setup: () => ({ closed: 0 }),
    teardown({ state }) { state.closed++ },
    handle() {},
  }`);
  await handler.teardown();
  assert.deepEqual(handler.state, { closed: 1 });
});

test('a check loads the handler and its options but runs neither setup nor teardown', async () => {
  const text = `export default {
    setup() { throw new Error('setup') },
    teardown() { throw new Error('teardown') },
    handle() {},
  }`;
  const handler = await load(text, { isCheck: true });
  assert.equal(handler.state, undefined);
  assert.equal(handler.teardown(), undefined);
});

/** Text of a hand-made Standard Schema that asks for a positive \`rate\` and doubles it. */
const SCHEMA = (isAsync: boolean) => `{
  '~standard': {
    version: 1,
    vendor: 'test',
    ${isAsync ? 'async ' : ''}validate(value) {
      if (value?.rate > 0) return { value: { rate: value.rate * 2 } };
      return { issues: [{ message: 'has to be positive', path: ['rate'] }, { message: 'is odd' }] };
    },
  },
}`;

test('options go through their schema, in their own time', async () => {
  for (const isAsync of [false, true]) {
    const text = `export default { options: ${SCHEMA(isAsync)}, handle() {} }`;
    assert.deepEqual((await load(text)).options, { rate: 4 });
    const { stage, error } = await refusal(load(text, { options: { rate: 0 } }));
    assert.equal(stage, 'options');
    assert.match(error.message, /rate: has to be positive; is odd/);
  }
});

test('a value goes through its schema: the handler gets what it made', async () => {
  for (const isAsync of [false, true]) {
    const text = `export default { value: ${SCHEMA(isAsync)}, handle: (record) => record.value }`;
    const record = { value: { rate: 21 } } as HandlerRecord;
    assert.deepEqual(await call(await load(text), record), { rate: 42 });
  }
});

test('a value that does not fit never reaches the handler', async () => {
  for (const isAsync of [false, true]) {
    const text = `export default { value: ${SCHEMA(isAsync)}, handle() { throw new Error('called') } }`;
    const handler = await load(text);
    const misfit = { value: { rate: -1 } } as HandlerRecord;
    await assert.rejects(async () => call(handler, misfit), {
      name: 'SchemaError',
      code: 'MR211',
      message: "The value does not fit the handler's schema: rate: has to be positive; is odd",
    });
  }
});

test('a schema without waiting leaves the handler without waiting', async () => {
  const handler = await load(`export default { value: ${SCHEMA(false)}, handle: () => 'now' }`);
  assert.equal(call(handler, { value: { rate: 1 } } as HandlerRecord), 'now');
});

test('a schema may answer with any thenable', async () => {
  const handler = await load(`export default {
    value: { '~standard': { validate: () => ({ then: (done) => done({ issues: [{ message: 'no' }] }) }) } },
    handle() { throw new Error('called') },
  }`);
  await assert.rejects(async () => call(handler), { name: 'SchemaError' });
});

test('the path of an issue may be made of keys or of segments', async () => {
  const handler = await load(`export default {
    value: { '~standard': { validate: () => ({ issues: [{ message: 'no', path: [{ key: 'items' }, 0, 'id'] }] }) } },
    handle() {},
  }`);
  assert.throws(() => call(handler), /schema: items\.0\.id: no$/);
});

test('a witness is laid around the call of a handler', async () => {
  const witness = moduleOf('export const witness = (call) => (...all) => ["seen", call(...all)];');
  const record = { value: 1 } as HandlerRecord;
  const { call } = await load('export default () => 7;', { witness });
  assert.deepEqual(call(record, {} as HandlerContext), ['seen', 7]);
});
