import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials, type Mechanism } from '../../../src/broker/security/credentials.ts';
import { SaslSession } from '../../../src/broker/security/sasl-session.ts';
import { FakeClock } from '../../support/clock.ts';

const credentials = new Credentials({ ann: 'secret', bob: 'hidden' });
const plain = (text: string): Buffer => Buffer.from(text.replaceAll('|', '\0'));

const sessionOf = (mechanisms: readonly Mechanism[], lifetimeMs = 0, clock = new FakeClock()) =>
  new SaslSession({ credentials, mechanisms, lifetimeMs, clock });

function chosen(): SaslSession {
  const session = sessionOf(['PLAIN']);
  session.choose('PLAIN');
  return session;
}

test('the right password logs in, acting for nobody else', () => {
  for (const message of ['|ann|secret', 'ann|ann|secret']) {
    const session = chosen();
    assert.equal(session.authenticate(plain(message)).length, 0);
    assert.equal(session.isAuthenticated, true);
  }
});

test('whatever else is said does not', () => {
  for (const message of [
    '|ann|wrong',
    '|bob|secret',
    'bob|ann|secret',
    '|ann',
    '',
    '|ann|secret|x',
  ]) {
    const session = chosen();
    assert.throws(() => session.authenticate(plain(message)), /SASL_AUTHENTICATION_FAILED/);
    assert.equal(session.isAuthenticated, false);
  }
});

test('a mechanism is chosen once, and is one of those that are offered', () => {
  const session = sessionOf(['SCRAM-SHA-256']);
  for (const name of ['PLAIN', 'GSSAPI', 'scram-sha-256']) {
    assert.throws(() => session.choose(name), /UNSUPPORTED_SASL_MECHANISM/);
  }
  session.choose('SCRAM-SHA-256');
  assert.throws(() => session.choose('SCRAM-SHA-256'), /ILLEGAL_SASL_STATE/);
});

test('nothing is said before a mechanism is chosen, nor after the login', () => {
  const session = sessionOf(['PLAIN']);
  assert.throws(() => session.authenticate(plain('|ann|secret')), /ILLEGAL_SASL_STATE/);
  session.choose('PLAIN');
  session.authenticate(plain('|ann|secret'));
  assert.throws(() => session.authenticate(plain('|ann|secret')), /ILLEGAL_SASL_STATE/);
});

/** Logged in for 10 s. */
function lasting() {
  const clock = new FakeClock();
  const session = sessionOf(['PLAIN', 'SCRAM-SHA-256'], 10_000, clock);
  session.choose('PLAIN');
  session.authenticate(plain('|ann|secret'));
  return { clock, session };
}

test('a login that does not last is over after its time, and another one follows it', () => {
  const { clock, session } = lasting();
  assert.equal(session.lifetimeMs, 10_000);
  clock.advance(10_000);
  assert.equal(session.isExpired, false);
  clock.advance(1);
  assert.equal(session.isExpired, true);
  session.choose('PLAIN');
  assert.deepEqual([session.isAuthenticated, session.isExpired], [false, false]);
  session.authenticate(plain('|ann|secret'));
  assert.deepEqual([session.isAuthenticated, session.isExpired], [true, false]);
  clock.advance(10_001);
  assert.equal(session.isExpired, true);
});

test('a login that lasts for ever is followed by no other', () => {
  const session = chosen();
  session.authenticate(plain('|ann|secret'));
  assert.throws(() => session.choose('PLAIN'), /ILLEGAL_SASL_STATE/);
  assert.deepEqual(
    [session.isAuthenticated, session.isExpired, session.lifetimeMs],
    [true, false, 0],
  );
});

test('a client logs in anew once a second at most', () => {
  const { clock, session } = lasting();
  session.choose('PLAIN');
  session.authenticate(plain('|ann|secret'));
  clock.advance(999);
  assert.throws(() => session.choose('PLAIN'), /ILLEGAL_SASL_STATE/);
  clock.advance(1);
  session.choose('PLAIN');
});

test('a new login is of the same user by the same mechanism', () => {
  const { session } = lasting();
  session.choose('PLAIN');
  assert.throws(
    () => session.authenticate(plain('|bob|hidden')),
    /Cannot change principals during re-authentication from User.ann: User.bob/,
  );
  const { session: other } = lasting();
  other.choose('SCRAM-SHA-256');
  assert.throws(
    () => other.authenticate(Buffer.from('n,,n=ann,r=abc')),
    /SASL mechanism 'SCRAM-SHA-256' requested by client is not supported for re-authentication of mechanism 'PLAIN'/,
  );
});
