import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials } from '../../../src/broker/security/credentials.ts';
import { SaslSession } from '../../../src/broker/security/sasl-session.ts';

const credentials = new Credentials({ ann: 'secret' });
const plain = (text: string): Buffer => Buffer.from(text.replaceAll('|', '\0'));

function chosen(): SaslSession {
  const session = new SaslSession(credentials, ['PLAIN']);
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
  const session = new SaslSession(credentials, ['SCRAM-SHA-256']);
  for (const name of ['PLAIN', 'GSSAPI', 'scram-sha-256']) {
    assert.throws(() => session.choose(name), /UNSUPPORTED_SASL_MECHANISM/);
  }
  session.choose('SCRAM-SHA-256');
  assert.throws(() => session.choose('SCRAM-SHA-256'), /ILLEGAL_SASL_STATE/);
});

test('nothing is said before a mechanism is chosen, nor after the login', () => {
  const session = new SaslSession(credentials, ['PLAIN']);
  assert.throws(() => session.authenticate(plain('|ann|secret')), /ILLEGAL_SASL_STATE/);
  session.choose('PLAIN');
  session.authenticate(plain('|ann|secret'));
  assert.throws(() => session.authenticate(plain('|ann|secret')), /ILLEGAL_SASL_STATE/);
});
