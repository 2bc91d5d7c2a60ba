import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMap } from '../../src/config/check.ts';
import type { Fields } from '../../src/config/field.ts';
import { fields } from '../../src/config/fields.ts';
import { pipelineFields } from '../../src/config/fields-pipeline.ts';
import { Issues } from '../../src/config/issue.ts';
import { parseDuration, parseSize } from '../../src/config/quantity.ts';
import { makeSource, startOf } from '../../src/config/source.ts';
import { makeMap } from '../../src/config/tree.ts';
import { brief } from './fixture.ts';

/** Every field of a table with its dotted path. */
function* everyField(table: Fields, path = ''): Generator<[string, Fields[string]]> {
  for (const [name, field] of Object.entries(table)) {
    yield [path + name, field];
    const inner = field.type === 'entries' ? field.of : field;
    if (inner.type === 'map') yield* everyField(inner.fields, `${path}${name}.`);
  }
}

test('every key is documented in sentences', () => {
  for (const [path, { doc }] of everyField(fields)) assert.match(doc, /^[^ ].*\S\.$/s, path);
});

test('every key is required, or has a default, or says nothing when it is missing', () => {
  const silent = [...everyField(fields)].filter(
    ([, field]) => field.default === undefined && field.required !== true,
  );
  assert.deepEqual(
    silent.map(([path]) => path),
    ['caFile', 'certFile', 'keyFile', 'passphrase', 'servername'].map((key) => `kafka.tls.${key}`),
  );
});

test('every default passes its own check', () => {
  const issues = new Issues();
  const spot = startOf(makeSource('--defaults', '/', '', false));
  const checking = { root: fields, issues, variables: () => undefined, secrets: new Set<string>() };
  const table: Fields = {
    ...fields,
    pipelines: { type: 'map', fields: pipelineFields, default: {}, doc: '' },
  };
  checkMap(table, makeMap(spot), { at: spot, path: [] }, checking);
  assert.deepEqual(
    brief(issues.list()).map((text) => text.replace(/ \|.*/, '')),
    ['source.topics', 'source.groupId', 'handler'].map(
      (key) => `MR131 --defaults pipelines.${key} is missing`,
    ),
  );
});

test('every range is a range, and no duration is longer than a timer', () => {
  for (const [path, field] of everyField(fields)) {
    if (field.type === 'integer' || field.type === 'number') assert.ok(field.min < field.max, path);
    if (field.type !== 'duration' && field.type !== 'size') continue;
    const parse = field.type === 'duration' ? parseDuration : parseSize;
    const [min, max] = [parse(field.min), parse(field.max)];
    assert.ok(min !== null && max !== null && min < max, path);
    if (field.type === 'duration') assert.ok(max <= 2 ** 31 - 1, path);
  }
});
