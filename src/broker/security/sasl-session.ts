import { Refusal } from '../errors.ts';
import { type Credentials, MECHANISMS, type Mechanism } from './credentials.ts';
import { ScramExchange } from './scram-exchange.ts';

/** Where the login of one connection stands: first the choice of a mechanism, then its messages. */
export class SaslSession {
  readonly mechanisms: readonly Mechanism[];
  readonly #credentials: Credentials;
  #mechanism: Mechanism | null = null;
  #exchange: ScramExchange | null = null;
  #isAuthenticated = false;

  constructor(credentials: Credentials, mechanisms: readonly Mechanism[]) {
    this.#credentials = credentials;
    this.mechanisms = mechanisms;
  }

  get isAuthenticated(): boolean {
    return this.#isAuthenticated;
  }

  /** Throws UNSUPPORTED_SASL_MECHANISM, ILLEGAL_SASL_STATE. */
  choose(name: string): void {
    if (this.#mechanism !== null) throw new Refusal('ILLEGAL_SASL_STATE');
    const mechanism = MECHANISMS.find((each) => each === name);
    if (!mechanism || !this.mechanisms.includes(mechanism)) {
      throw new Refusal('UNSUPPORTED_SASL_MECHANISM');
    }
    this.#mechanism = mechanism;
    if (mechanism !== 'PLAIN') this.#exchange = new ScramExchange(mechanism, this.#credentials);
  }

  /** Answers a message of the login. Throws ILLEGAL_SASL_STATE, SASL_AUTHENTICATION_FAILED. */
  authenticate(message: Buffer): Buffer {
    if (this.#mechanism === null || this.#isAuthenticated) throw new Refusal('ILLEGAL_SASL_STATE');
    const answer = this.#exchange
      ? this.#exchange.answer(message.toString('utf8'))
      : this.#plain(message.toString('utf8'));
    if (answer === null)
      throw new Refusal('SASL_AUTHENTICATION_FAILED', refusalOf(this.#mechanism));
    this.#isAuthenticated = this.#exchange?.isDone ?? true;
    return Buffer.from(answer);
  }

  /** Another identity to act for, user, password. Source: RFC 4616. */
  #plain(message: string): '' | null {
    const [actor, user, password, ...more] = message.split('\0');
    if (user === undefined || password === undefined || more.length > 0) return null;
    if (actor !== '' && actor !== user) return null;
    return this.#credentials.isRight(user, password) ? '' : null;
  }
}

/** As Kafka words it. */
const refusalOf = (mechanism: Mechanism): string =>
  mechanism === 'PLAIN'
    ? 'Authentication failed: Invalid username or password'
    : `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`;
