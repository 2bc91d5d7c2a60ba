import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersions } from '../../../src/broker/apis/api-versions.ts';
import { APIS } from '../../../src/broker/apis/index.ts';
import { ERROR } from '../../../src/broker/errors.ts';
import { readAnswer } from '../../support/broker-client.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const SOFTWARE = { clientSoftwareName: 'some-client', clientSoftwareVersion: '1.0' };

test('every version lists all that is spoken, in the order of the keys', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const spoken = APIS.map(({ key, versions, toldFrom }) => ({
    apiKey: key,
    minVersion: toldFrom ?? versions[0],
    maxVersion: versions[1],
  }));
  assert.deepEqual(
    spoken.map(({ apiKey }) => apiKey),
    spoken.map(({ apiKey }) => apiKey).sort((a, b) => a - b),
  );
  for (let version = 0; version <= 4; version++) {
    const { errorCode, apiKeys } = await client.send(apiVersions, version, SOFTWARE);
    assert.equal(errorCode, ERROR.NONE);
    assert.deepEqual(apiKeys, spoken);
  }
});

test('clients are told that each transaction can have an epoch of its own', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const answer = await client.send(apiVersions, 3, SOFTWARE);
  assert.deepEqual(answer.finalizedFeatures, [
    { name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 },
  ]);
  assert.equal(answer.finalizedFeaturesEpoch, 0n);
});

test('an unknown version is answered in version 0 with what is spoken of this API', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  client.write(Buffer.from([0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff]));
  const { errorCode, apiKeys } = readAnswer(apiVersions, 0, 7, await client.frame());
  assert.equal(errorCode, ERROR.UNSUPPORTED_VERSION);
  assert.deepEqual(apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
});

test('a client that says what it is must say it in letters, digits, dots and dashes', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  for (const wrong of ['', '-x', 'x-', 'a b']) {
    const body = { ...SOFTWARE, clientSoftwareName: wrong };
    assert.equal((await client.send(apiVersions, 3, body)).errorCode, ERROR.INVALID_REQUEST);
  }
});
