import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LazyPackage } from '../../../../src/kafka/records/codec/lazy-package.ts';

describe('LazyPackage', () => {
  it('is loaded once, and not before it is used', async () => {
    let loads = 0;
    const library = new LazyPackage('some-codec', async () => {
      loads += 1;
      return 'library';
    });
    assert.equal(library.loaded, null);
    assert.equal(loads, 0);
    await Promise.all([library.load(), library.load()]);
    assert.equal(library.loaded, 'library');
    assert.equal(loads, 1);
  });

  it('says what to install when it is missing, and tries again the next time', async () => {
    let installed = false;
    const library = new LazyPackage('some-codec', async () => {
      if (!installed) throw new Error('not found');
      return 'library';
    });
    const missing = { code: 'MR312', message: /"npm install some-codec"/ };
    await assert.rejects(library.load(), missing);
    assert.equal(library.loaded, null);
    installed = true;
    assert.equal(await library.load(), 'library');
  });
});
