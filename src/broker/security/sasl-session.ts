import type { Clock } from '../../contract/clock.ts';
import { Refusal } from '../errors.ts';
import { type Credentials, MECHANISMS, type Mechanism } from './credentials.ts';
import { ScramExchange } from './scram-exchange.ts';

/** How logins go. */
export interface SaslTerms {
  readonly credentials: Credentials;
  /** Those that may be used. */
  readonly mechanisms: readonly Mechanism[];
  /** How long one is good for before the client must log in anew, in ms (`connections.max.reauth.ms`); 0: for ever. */
  readonly lifetimeMs: number;
  readonly clock: Clock;
}

/** A login that was good. */
interface Login {
  readonly mechanism: Mechanism;
  readonly user: string;
  /** Infinity for one that is good for ever. */
  readonly expiresAtMs: number;
}

/**
 * Where the login of one connection stands: first the choice of a mechanism, then its messages. One that does not last for ever can be followed by
 * another, of the same user by the same mechanism (KIP-368). Source for that: Kafka 4.1, SaslServerAuthenticator, KafkaChannel.
 */
export class SaslSession {
  readonly #terms: SaslTerms;
  #mechanism: Mechanism | null = null;
  #exchange: ScramExchange | null = null;
  #login: Login | null = null;
  /** The login that this one follows. */
  #before: Login | null = null;
  #lastAnewMs = Number.NEGATIVE_INFINITY;

  constructor(terms: SaslTerms) {
    this.#terms = terms;
  }

  get mechanisms(): readonly Mechanism[] {
    return this.#terms.mechanisms;
  }

  get isAuthenticated(): boolean {
    return this.#login !== null;
  }

  /** The login was good, and is no more: nothing is answered but the messages of a new one. */
  get isExpired(): boolean {
    return this.#login !== null && this.#terms.clock.now() > this.#login.expiresAtMs;
  }

  /** How long the login is good for, in ms; 0 while there is none, and for ever. */
  get lifetimeMs(): number {
    return this.#login === null ? 0 : this.#terms.lifetimeMs;
  }

  /** Begins a login, or a new one. Throws UNSUPPORTED_SASL_MECHANISM, ILLEGAL_SASL_STATE. */
  choose(name: string): void {
    if (this.#login !== null) this.#beginAnew(this.#login);
    if (this.#mechanism !== null) throw new Refusal('ILLEGAL_SASL_STATE');
    const mechanism = MECHANISMS.find((each) => each === name);
    if (!mechanism || !this.mechanisms.includes(mechanism)) {
      throw new Refusal('UNSUPPORTED_SASL_MECHANISM');
    }
    this.#mechanism = mechanism;
    if (mechanism !== 'PLAIN') {
      this.#exchange = new ScramExchange(mechanism, this.#terms.credentials);
    }
  }

  /** Answers a message of the login. Throws ILLEGAL_SASL_STATE, SASL_AUTHENTICATION_FAILED. */
  authenticate(message: Buffer): Buffer {
    const mechanism = this.#mechanism;
    if (mechanism === null || this.#login !== null) throw new Refusal('ILLEGAL_SASL_STATE');
    const { mechanism: former } = this.#before ?? { mechanism };
    if (mechanism !== former) {
      throw refused(
        `SASL mechanism '${mechanism}' requested by client is not supported for re-authentication of mechanism '${former}'`,
      );
    }
    const text = message.toString('utf8');
    const answer = this.#exchange ? this.#exchange.answer(text) : this.#plain(text);
    if (answer === null) throw refused(refusalOf(mechanism));
    if (this.#exchange?.isDone) this.#loggedIn(mechanism, this.#exchange.user);
    return Buffer.from(answer);
  }

  /** Not where a login is good for ever, and once a second at most. Throws ILLEGAL_SASL_STATE. */
  #beginAnew(login: Login): void {
    const nowMs = this.#terms.clock.now();
    if (this.#terms.lifetimeMs === 0 || nowMs - this.#lastAnewMs < MIN_ANEW_MS) {
      throw new Refusal('ILLEGAL_SASL_STATE');
    }
    this.#lastAnewMs = nowMs;
    this.#before = login;
    this.#login = null;
    this.#mechanism = null;
    this.#exchange = null;
  }

  #loggedIn(mechanism: Mechanism, user: string): void {
    const before = this.#before;
    if (before !== null && before.user !== user) {
      throw refused(
        `Cannot change principals during re-authentication from User.${before.user}: User.${user}`,
      );
    }
    const { lifetimeMs, clock } = this.#terms;
    const expiresAtMs = lifetimeMs === 0 ? Number.POSITIVE_INFINITY : clock.now() + lifetimeMs;
    this.#login = { mechanism, user, expiresAtMs };
  }

  /** Another identity to act for, user, password. Source: RFC 4616. */
  #plain(message: string): '' | null {
    const [actor, user, password, ...more] = message.split('\0');
    if (user === undefined || password === undefined || more.length > 0) return null;
    if (actor !== '' && actor !== user) return null;
    if (!this.#terms.credentials.isRight(user, password)) return null;
    this.#loggedIn('PLAIN', user);
    return '';
  }
}

const MIN_ANEW_MS = 1000;

const refused = (text: string): Refusal => new Refusal('SASL_AUTHENTICATION_FAILED', text);

/** As Kafka words it. */
const refusalOf = (mechanism: Mechanism): string =>
  mechanism === 'PLAIN'
    ? 'Authentication failed: Invalid username or password'
    : `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`;
