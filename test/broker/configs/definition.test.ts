import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKER_DEFINITIONS } from '../../../src/broker/configs/broker-definitions.ts';
import { type ConfigType, define, problemOf } from '../../../src/broker/configs/definition.ts';
import { TOPIC_DEFINITIONS } from '../../../src/broker/configs/topic-definitions.ts';

const problem = (type: ConfigType, value: string, rest: object = {}): string | null =>
  problemOf(define('x', type, null, rest), value);

test('a value must be of its type', () => {
  for (const [type, good, bad] of [
    ['boolean', 'TRUE', 'yes'],
    ['int', ' 12 ', '1.5'],
    ['int', '-2147483648', '2147483648'],
    ['short', '32767', '32768'],
    ['long', '9223372036854775807', '99999999999999999999'],
    ['double', '0.5', 'half'],
  ] as const) {
    assert.equal(problem(type, good), null, good);
    assert.match(problem(type, bad) ?? '', /^Invalid value .* for configuration x: /, bad);
  }
  assert.equal(problem('string', 'anything'), null);
  assert.match(problem('int', '') ?? '', /Not a number of type INT/);
});

test('a number must be within its bounds', () => {
  const bounds = { min: 1, max: 9 };
  assert.equal(problem('int', '9', bounds), null);
  assert.match(problem('int', '0', bounds) ?? '', /Value must be at least 1$/);
  assert.match(problem('int', '10', bounds) ?? '', /Value must be no more than 9$/);
});

test('a text must be one of those that are known, and so must each element of a list', () => {
  const oneOf = ['compact', 'delete'];
  assert.equal(problem('string', 'compact', { oneOf }), null);
  assert.equal(problem('list', 'compact, delete', { oneOf }), null);
  assert.equal(problem('list', '', { oneOf }), null);
  const text = 'Invalid value foo for configuration x: String must be one of: compact, delete';
  assert.equal(problem('list', 'compact,foo', { oneOf }), text);
});

test('every default is a value that could be set', () => {
  for (const definition of [...TOPIC_DEFINITIONS, ...BROKER_DEFINITIONS]) {
    const { name, otherwise } = definition;
    assert.equal(otherwise === null ? null : problemOf(definition, otherwise), null, name);
  }
});

test('no config is defined twice', () => {
  for (const definitions of [TOPIC_DEFINITIONS, BROKER_DEFINITIONS]) {
    const names = definitions.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  }
});
