import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  Credentials,
  hashOf,
  type ScramMechanism,
} from '../../../src/broker/security/credentials.ts';
import { ScramExchange } from '../../../src/broker/security/scram-exchange.ts';

const credentials = new Credentials({ ann: 'secret', 'a,b=c': 'pencil' });

/** What a client answers to the server's first message, by RFC 5802. */
function finalOf(
  mechanism: ScramMechanism,
  {
    bare,
    answer,
    password,
    nonce,
  }: { bare: string; answer: string; password: string; nonce?: string },
): { message: string; server: string } {
  const [, served, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(answer) ?? [];
  const hash = hashOf(mechanism);
  const size = mechanism === 'SCRAM-SHA-256' ? 32 : 64;
  const salted = pbkdf2Sync(
    password,
    Buffer.from(salt ?? '', 'base64'),
    Number(iterations),
    size,
    hash,
  );
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const stored = createHash(hash).update(clientKey).digest();
  const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce ?? served}`;
  const text = `${bare},${answer},${withoutProof}`;
  const signature = hmac(stored, text);
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] as number)));
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    server: `v=${hmac(hmac(salted, 'Server Key'), text).toString('base64')}`,
  };
}

for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  describe(`a login by ${mechanism}`, () => {
    const login = (user: string, password: string, nonce?: string) => {
      const exchange = new ScramExchange(mechanism, credentials);
      const bare = `n=${user},r=client`;
      const answer = exchange.answer(`n,,${bare}`);
      if (answer === null) return { exchange, right: null, reply: null };
      const { message, server } = finalOf(mechanism, {
        bare,
        answer,
        password,
        ...(nonce === undefined ? {} : { nonce }),
      });
      return { exchange, right: server, reply: exchange.answer(message) };
    };

    test('succeeds with the right password, and shows that the server knows it too', () => {
      const { exchange, reply, right } = login('ann', 'secret');
      assert.equal(reply, right);
      assert.equal(exchange.isDone, true);
    });

    test('takes a name with a comma and an equals sign', () => {
      assert.equal(login('a=2Cb=3Dc', 'pencil').exchange.isDone, true);
    });

    test('fails with another password, another user, and a nonce of another login', () => {
      assert.equal(login('ann', 'wrong').reply, null);
      assert.equal(login('bob', 'secret').reply, null);
      assert.equal(login('ann', 'secret', 'clientother').reply, null);
      assert.equal(login('ann', 'wrong').exchange.isDone, false);
    });

    test('wants no channel binding, and no junk', () => {
      for (const first of ['p=tls-unique,,n=ann,r=x', 'n,,n=ann', 'n,,n=a=b,r=x', '', 'junk']) {
        assert.equal(new ScramExchange(mechanism, credentials).answer(first), null, first);
      }
    });
  });
}
