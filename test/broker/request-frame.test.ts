import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyApi } from '../../src/broker/api.ts';
import { apiVersions } from '../../src/broker/apis/api-versions.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { answerFrame, readRequest } from '../../src/broker/request-frame.ts';
import { MalformedFrame } from '../../src/broker/wire/malformed-frame.ts';
import { readAnswer, requestFrame } from '../support/broker-client.ts';

const APIS: ReadonlyMap<number, AnyApi> = new Map<number, AnyApi>([
  [metadata.key, metadata],
  [apiVersions.key, apiVersions],
]);
const read = (parts: readonly Buffer[]) => readRequest(Buffer.concat(parts).subarray(4), APIS);
const header = { correlationId: 77, clientId: 'me' };

test('a request is read with either header', () => {
  for (const version of [1, 12]) {
    const frame = requestFrame(metadata, version, { topics: [{ name: 't' }] }, header);
    const { api, correlationId, clientId, body } = read(frame);
    assert.equal(api, metadata);
    assert.deepEqual([correlationId, clientId], [77, 'me']);
    assert.equal((body as { topics: { name: string }[] }).topics[0]?.name, 't');
  }
});

test('a client need not have a name', () => {
  const frame = requestFrame(metadata, 1, { topics: null }, { ...header, clientId: null });
  assert.equal(read(frame).clientId, null);
});

test('an answer is framed with the header that its version has, ApiVersions without tags', () => {
  for (const version of [0, 3]) {
    const request = read(
      requestFrame(
        apiVersions,
        version,
        { clientSoftwareName: 'x', clientSoftwareVersion: '1' },
        header,
      ),
    );
    const frame = Buffer.concat(answerFrame(request, { apiKeys: [] })).subarray(4);
    assert.deepEqual(readAnswer(apiVersions, version, 77, frame).apiKeys, []);
  }
  const request = read(requestFrame(metadata, 12, { topics: [] }, header));
  const frame = Buffer.concat(answerFrame(request, { brokers: [], topics: [] })).subarray(4);
  assert.deepEqual(readAnswer(metadata, 12, 77, frame).topics, []);
});

/** A header and nothing else. */
function bare(key: number, version: number): Buffer {
  const frame = Buffer.alloc(10);
  frame.writeInt16BE(key, 0);
  frame.writeInt16BE(version, 2);
  frame.writeInt32BE(77, 4);
  frame.writeInt16BE(-1, 8);
  return frame;
}

test('an API or a version that is not spoken is malformed', () => {
  assert.throws(() => readRequest(bare(999, 0), APIS), MalformedFrame);
  assert.throws(() => readRequest(bare(metadata.key, 99), APIS), MalformedFrame);
  assert.throws(() => readRequest(bare(metadata.key, -1), APIS), MalformedFrame);
  assert.throws(() => readRequest(Buffer.alloc(3), APIS), MalformedFrame);
});

test('an unknown version of ApiVersions is read as a question for version 0', () => {
  const { version, isUnknownVersion, correlationId } = readRequest(bare(18, 99), APIS);
  assert.deepEqual([version, isUnknownVersion, correlationId], [0, true, 77]);
});
