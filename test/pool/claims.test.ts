import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../src/pool/claims.ts';

/** Claims, and what the other pipelines were told. */
function claimsOf() {
  const told: string[] = [];
  const claims = new Claims((thread, owner, isClaimed) => {
    told.push(`${thread} of ${owner} ${isClaimed ? 'claimed' : 'free'}`);
  });
  return { claims, told };
}

test('a claimed thread is one pipeline’s until it gives it back', () => {
  const { claims, told } = claimsOf();
  assert.equal(claims.claim(1, 0), true);
  assert.equal(claims.claim(1, 2), false);
  assert.equal(claims.ownerOf(1), 0);
  claims.unclaim(1, 0);
  assert.equal(claims.ownerOf(1), undefined);
  assert.equal(claims.claim(1, 2), true);
  assert.deepEqual(told, ['1 of 0 claimed', '1 of 0 free', '1 of 2 claimed']);
});

test('asked again, the owner still has it and nobody is told twice', () => {
  const { claims, told } = claimsOf();
  claims.claim(0, 1);
  assert.equal(claims.claim(0, 1), true);
  assert.deepEqual(told, ['0 of 1 claimed']);
});

test('only the owner can give it back', () => {
  const { claims, told } = claimsOf();
  claims.claim(0, 1);
  claims.unclaim(0, 0);
  claims.unclaim(3, 0);
  assert.equal(claims.ownerOf(0), 1);
  assert.deepEqual(told, ['0 of 1 claimed']);
});
