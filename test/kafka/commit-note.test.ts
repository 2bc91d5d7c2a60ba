import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CommitNote, readNote, writeNote } from '../../src/kafka/commit-note.ts';

const ID = 'ABEiM0RVZneImaq7zN3u_w';

describe('a note', () => {
  it('comes back as it was written', () => {
    for (const note of [
      { client: 'millrace', topicId: ID, leaderEpoch: 0 },
      { client: 'ünï "quoted"', topicId: '', leaderEpoch: -1 },
    ]) {
      assert.deepEqual(readNote(writeNote(note)), note);
    }
  });

  it('fits what a broker takes, however long the client id is', () => {
    const text = writeNote({
      client: '\u{1f600}'.repeat(5000),
      topicId: ID,
      leaderEpoch: 2 ** 31 - 1,
    });
    assert(Buffer.byteLength(text) < 4000);
    assert.equal(readNote(text)?.topicId, ID);
  });

  it('is none in what others write, in later versions and in what is damaged', () => {
    for (const text of [
      '',
      'millrace flights',
      'millrace/2 {"by":"x"}',
      'millrace/1 {"by":',
      'millrace/1 null',
      'millrace/1 7',
    ]) {
      assert.equal(readNote(text), null, text);
    }
  });

  it('takes a field that makes no sense for unknown', () => {
    const unknown: CommitNote = { client: '', topicId: '', leaderEpoch: -1 };
    assert.deepEqual(readNote('millrace/1 {"by":7,"topic":"not an id","epoch":1.5}'), unknown);
    assert.deepEqual(readNote('millrace/1 {"epoch":-4}'), unknown);
  });

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        readNote(`millrace/1 ${text}`);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        readNote(`millrace/1 ${text}`);
      }),
    );
  });
});
