import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { definitionOf, NoHandlerError } from '../../workers/definition.ts';

const handle = (): void => {};
const schema = {
  '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) },
};

describe('definitionOf', () => {
  it('takes a function, and an object with handle, under any name', () => {
    assert.equal(definitionOf({ default: handle }, null).handle, handle);
    assert.equal(definitionOf({ rate: { handle } }, 'rate').handle, handle);
  });

  it('takes every field that a definition has', () => {
    const whole = { handle, setup: handle, teardown: handle, value: schema, options: schema };
    assert.equal(definitionOf({ default: whole }, null), whole);
    // Schemas of some libraries are functions.
    const value = Object.assign(() => {}, schema);
    assert.ok(definitionOf({ default: { handle, value } }, null));
  });

  it('takes fields of its own, an instance of a class, and a CommonJS module with more than a handler', () => {
    class Orders {
      readonly seen: number[] = [];
      handle(): void {}
    }
    const orders = new Orders();
    const counting = { handle, count: 0, cache: new Map() };
    assert.equal(definitionOf({ default: counting }, null), counting);
    assert.equal(definitionOf({ default: orders }, null), orders);
    const whole = { handle, helper: 1 };
    assert.equal(definitionOf({ default: whole, 'module.exports': whole }, null), whole);
  });

  for (const [name, found, words] of [
    ['a class', class Orders {}, /The handler is a class, .*Export an instance/],
    ['a generator function', function* orders() {}, /The handler is a generator function/],
    ['an async generator function', async function* orders() {}, /generator function/],
    ['a generator as handle', { *handle() {} }, /handle is a generator function/],
    ['a generator as setup', { handle, *setup() {} }, /setup is a generator function/],
    ['a text as setup', { handle, setup: 'x' }, /setup is a string; it has to be a function/],
    ['null as teardown', { handle, teardown: null }, /teardown is null; it has to be a function/],
    ['a schema that is none', { handle, value: {} }, /value is an object; .*z\.object/],
    [
      'a field that no handler has',
      { handle, tearDown: handle },
      /no "tearDown"\. Did you mean "teardown"\?/,
    ],
    ['a batch', { handle, batch: true }, /no "batch": it handles one record at a time/],
    ['nothing', undefined, /has no default export/],
    ['a number', 42, /is not a handler as default export/],
    ['an object without handle', { run: handle }, /is not a handler/],
    ['a misspelt handle', { hndle: handle }, /no "hndle"\. Did you mean "handle"\?/],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => definitionOf({ default: found }, null),
        (error) => {
          assert.ok(error instanceof NoHandlerError);
          assert.match(error.message, words);
          return true;
        },
      );
    });
  }

  it('names the handlers that there are instead', () => {
    const module = { price: handle, rate: { handle }, other: 1 };
    assert.throws(() => definitionOf(module, null), { exports: ['price', 'rate'] });
    const handler = { handler: handle };
    // Before Node 22 nothing but its exports tells that a module is CommonJS.
    for (const commonJs of [{ 'module.exports': handler }, handler]) {
      const module = { default: handler, ...commonJs };
      assert.throws(() => definitionOf(module, null), { exports: ['handler'] });
    }
  });
});
