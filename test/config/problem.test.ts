import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problems } from '../../src/config/problem.ts';

test('the codes of problems stay what they are', () => {
  const codes = Object.fromEntries(
    Object.entries(problems).map(([name, { code }]) => [name, Number(code.slice(2))]),
  );
  assert.deepEqual(codes, {
    fileMissing: 101,
    fileUnreadable: 102,
    fileTooLarge: 103,
    notUtf8: 104,
    tooDeep: 105,
    fileEmpty: 106,
    include: 107,
    syntax: 110,
    duplicateKey: 111,
    manyDocuments: 112,
    tag: 113,
    alias: 114,
    mergeKey: 115,
    forbiddenKey: 116,
    badKey: 117,
    variableUnset: 120,
    substitution: 121,
    override: 123,
    nodeOptions: 124,
    unknownKey: 130,
    missingKey: 131,
    wrongType: 132,
    outOfRange: 133,
    notAChoice: 134,
    quantity: 135,
    ambiguousNumber: 136,
    topicName: 140,
    topicPattern: 141,
    broker: 142,
    pipelineId: 143,
    instanceId: 144,
    limits: 150,
    ownSink: 152,
    cycle: 153,
    sharedGroup: 154,
    duplicateTopic: 155,
    partitions: 156,
    noPipeline: 157,
    concurrency: 158,
    pipelineTwice: 159,
    only: 160,
    instanceTwice: 161,
    handlerPath: 170,
    handlerMissing: 171,
    handlerOutside: 172,
    handlerNotAFile: 173,
    handlerWritable: 174,
    inlineSecret: 180,
    unverifiedTls: 181,
    passwordInClear: 182,
  });
});

test('no code is given twice, and each is explained', () => {
  const all = Object.values(problems);
  assert.equal(new Set(all.map(({ code }) => code)).size, all.length);
  for (const { code, title, remedy } of all) {
    assert.match(code, /^MR1\d\d$/);
    assert.match(title, /^[A-Z].*[^.]$/);
    assert.match(remedy, /^[A-Z].*\.$|^Take the write/);
  }
});
