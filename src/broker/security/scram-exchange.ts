import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Credentials, hashOf, type ScramKeys, type ScramMechanism } from './credentials.ts';

/**
 * The server's side of one login by SCRAM, without channel binding. Each message is answered with the next; null means that the client is
 * refused. Source: RFC 5802, section 5; RFC 7677.
 */
export class ScramExchange {
  readonly #mechanism: ScramMechanism;
  readonly #credentials: Credentials;
  #first: { readonly bare: string; readonly answer: string; readonly nonce: string } | null = null;
  #header = '';
  #keys: ScramKeys | null = null;
  #isDone = false;
  #user = '';

  constructor(mechanism: ScramMechanism, credentials: Credentials) {
    this.#mechanism = mechanism;
    this.#credentials = credentials;
  }

  /** Whether the client has shown that it knows the password. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Who logs in, as soon as the client has said so. */
  get user(): string {
    return this.#user;
  }

  answer(message: string): string | null {
    return this.#first === null ? this.#begin(message) : this.#end(message);
  }

  #begin(message: string): string | null {
    const [, header, bare, user, clientNonce] = FIRST.exec(message) ?? [];
    if (header === undefined || bare === undefined || user === undefined) return null;
    const name = user.replaceAll('=2C', ',').replaceAll('=3D', '=');
    this.#user = name;
    this.#keys = this.#credentials.keysOf(name, this.#mechanism) ?? null;
    if (this.#keys === null) return null;
    const nonce = `${clientNonce}${randomBytes(NONCE_BYTES).toString('base64')}`;
    const { salt, iterations } = this.#keys;
    const answer = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#header = header;
    this.#first = { bare, answer, nonce };
    return answer;
  }

  #end(message: string): string | null {
    const [, withoutProof, binding, nonce, proof] = FINAL.exec(message) ?? [];
    const [first, keys] = [this.#first, this.#keys];
    if (!first || !keys || this.#isDone || proof === undefined) return null;
    if (binding !== Buffer.from(this.#header).toString('base64') || nonce !== first.nonce)
      return null;
    const hash = hashOf(this.#mechanism);
    const text = `${first.bare},${first.answer},${withoutProof}`;
    const signature = createHmac(hash, keys.storedKey).update(text).digest();
    const given = Buffer.from(proof, 'base64');
    if (given.length !== signature.length) return null;
    const clientKey = given.map((byte, i) => byte ^ (signature[i] as number));
    const storedKey = createHash(hash).update(clientKey).digest();
    if (!timingSafeEqual(storedKey, keys.storedKey)) return null;
    this.#isDone = true;
    return `v=${createHmac(hash, keys.serverKey).update(text).digest('base64')}`;
  }
}

/** Header without channel binding, then user and nonce, and extensions. */
const FIRST = /^([ny],(?:a=[^,]*)?,)(n=((?:[^,=]|=2C|=3D)+),r=([\x21-\x2B\x2D-\x7E]+)(?:,.*)?)$/;
const FINAL = /^(c=([^,]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/;
const NONCE_BYTES = 18;
