import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, faultsOf } from '../../../src/cli/verify/faults.ts';

test('all faults happen unless some are named, each once, in the order of the list', () => {
  assert.deepEqual(faultsOf(undefined), [...FAULTS]);
  assert.deepEqual(faultsOf('hang, kill,hang'), ['kill', 'hang']);
});

test('a fault that there is not is refused with the nearest name, if one is near', () => {
  assert.throws(() => faultsOf('kil'), /not "kil"\. Did you mean "kill"\?/);
  assert.throws(() => faultsOf('kill,'), /names of revoke, kill, .* not ""\.$/);
});
