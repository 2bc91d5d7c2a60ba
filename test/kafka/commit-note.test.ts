import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CommitNote, readNote, writeNote } from '../../src/kafka/commit-note.ts';

const ID = 'ABEiM0RVZneImaq7zN3u_w';

describe('a note', () => {
  it('comes back as it was written', () => {
    for (const note of [
      {
        client: 'millrace',
        topicId: ID,
        leaderEpoch: 0,
        settled: [
          [12n, 15n],
          [20n, 21n],
        ] as const,
      },
      { client: 'ünï "quoted"', topicId: '', leaderEpoch: -1, settled: [] },
    ]) {
      assert.deepEqual(readNote(writeNote(note, 10n), 10n), note);
    }
  });

  it('fits what a broker takes, however long the client id and the map are', () => {
    const settled = Array.from(
      { length: 9000 },
      (_, i) => [BigInt(i * 3000), BigInt(i * 3000 + 1)] as const,
    );
    const note = { client: '\u{1}'.repeat(5000), topicId: ID, leaderEpoch: 2 ** 31 - 1, settled };
    const text = writeNote(note, 0n);
    assert(Buffer.byteLength(text) < 4000);
    const read = readNote(text, 0n);
    assert.equal(read?.topicId, ID);
    // The lowest part of the map, which is what a watermark meets first.
    assert.deepEqual(read.settled, settled.slice(0, read.settled.length));
    assert(read.settled.length > 800);
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
      assert.equal(readNote(text, 0n), null, text);
    }
  });

  it('takes a field that makes no sense for unknown', () => {
    const unknown: CommitNote = { client: '', topicId: '', leaderEpoch: -1, settled: [] };
    assert.deepEqual(readNote('millrace/1 {"by":7,"topic":"not an id","epoch":1.5}', 0n), unknown);
    assert.deepEqual(readNote('millrace/1 {"epoch":-4}', 0n), unknown);
  });

  it('has no map for another offset than it was made for: somebody has moved it and kept the text', () => {
    const note = { client: 'x', topicId: ID, leaderEpoch: 1, settled: [[12n, 15n]] as const };
    for (const committed of [9n, 11n, null]) {
      assert.deepEqual(readNote(writeNote(note, 10n), committed)?.settled, []);
    }
  });

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        readNote(`millrace/1 ${text}`, 0n);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        readNote(`millrace/1 ${text}`, 0n);
      }),
    );
  });
});
