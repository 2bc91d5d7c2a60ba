import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { apiVersions } from '../../../src/broker/apis/api-versions.ts';
import { EmbeddedBroker } from '../../../src/broker/broker.ts';
import * as configs from './config-scripts.ts';
import { DIFFERENCES, UNSPOKEN } from './differences.ts';
import { ready } from './ready.ts';
import * as records from './record-scripts.ts';
import { answersOf, type Script, type Talk } from './talk.ts';
import { tidy } from './tidy.ts';
import * as topics from './topic-scripts.ts';

const SCRIPTS: Readonly<Record<string, Script>> = {
  'the versions that are spoken': spokenVersions,
  'topics that are created': topics.createdTopics,
  'topics that grow': topics.grownTopics,
  'topics that are deleted': topics.deletedTopics,
  'topics that are described': topics.describedTopics,
  'configs that are described': configs.describedConfigs,
  'configs that are replaced': configs.alteredConfigs,
  'configs that are changed one by one': configs.changedConfigs,
  'records that are produced': records.producedRecords,
  'records that are read': records.readRecords,
  'offsets that are listed': records.listedOffsets,
  'records that are deleted': records.deletedRecords,
};

async function spokenVersions(talk: Talk): Promise<void> {
  const client = await talk.connect('versions');
  const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1' };
  for (let version = 0; version <= 4; version++) {
    const { errorCode, apiKeys } = await client.send(apiVersions, version, software);
    const spoken = apiKeys.filter(({ apiKey }) => !UNSPOKEN.has(apiKey));
    talk.note(`ApiVersions ${version}`, tidy({ errorCode, spoken }));
  }
  const nameless = { ...software, clientSoftwareName: '-' };
  talk.note('ApiVersions of no name', tidy(await client.send(apiVersions, 3, nameless)));
}

const kafka = process.env['KAFKA_BROKERS']?.split(',')[0];
const skip = kafka === undefined && 'KAFKA_BROKERS names no Kafka to compare with';

before(async () => {
  if (kafka !== undefined) await ready(kafka);
});

/** What the embedded broker and Kafka answer to a script. */
async function bothOf(script: Script): Promise<{ ours: string[]; theirs: string[] }> {
  await using broker = await EmbeddedBroker.start({ autoCreateTopics: false });
  const [ours, theirs] = await Promise.all([
    answersOf(broker.bootstrap, script),
    answersOf(kafka ?? '', script),
  ]);
  assert.ok(theirs.length > 0);
  return { ours, theirs };
}

for (const [what, script] of Object.entries(SCRIPTS)) {
  test(`about ${what} the broker says what Kafka says`, { skip }, async () => {
    const { ours, theirs } = await bothOf(script);
    assert.deepEqual(ours, theirs);
  });
}

for (const { what, script } of DIFFERENCES) {
  if (script === undefined) continue;
  test(`a difference that is meant is one: ${what}`, { skip }, async () => {
    const { ours, theirs } = await bothOf(script);
    assert.notDeepEqual(ours, theirs);
  });
}
