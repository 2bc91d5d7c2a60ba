import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Ways to log in, as the protocol names them. */
export const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type Mechanism = (typeof MECHANISMS)[number];
export type ScramMechanism = Exclude<Mechanism, 'PLAIN'>;

/** What is kept of a password for SCRAM: it can't be found again from this. Source: RFC 5802, section 3. */
export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** The users of a cluster. Passwords are kept as salted keys only. */
export class Credentials {
  readonly #users = new Map<string, Readonly<Record<ScramMechanism, ScramKeys>>>();

  /** `users`: passwords by name. */
  constructor(users: Readonly<Record<string, string>>) {
    for (const [name, password] of Object.entries(users)) {
      this.#users.set(name, {
        'SCRAM-SHA-256': scramKeys('SCRAM-SHA-256', password),
        'SCRAM-SHA-512': scramKeys('SCRAM-SHA-512', password),
      });
    }
  }

  /** undefined when there is no such user. */
  keysOf(user: string, mechanism: ScramMechanism): ScramKeys | undefined {
    return this.#users.get(user)?.[mechanism];
  }

  isRight(user: string, password: string): boolean {
    const keys = this.keysOf(user, 'SCRAM-SHA-256');
    if (!keys) return false;
    return timingSafeEqual(
      scramKeys('SCRAM-SHA-256', password, keys.salt).storedKey,
      keys.storedKey,
    );
  }
}

/** The hash of a mechanism, by Node's name. */
export const hashOf = (mechanism: ScramMechanism): 'sha256' | 'sha512' =>
  mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';

function scramKeys(
  mechanism: ScramMechanism,
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
): ScramKeys {
  const hash = hashOf(mechanism);
  const bytes = mechanism === 'SCRAM-SHA-256' ? 32 : 64;
  const salted = pbkdf2Sync(password, salt, ITERATIONS, bytes, hash);
  const hmac = (text: string): Buffer => createHmac(hash, salted).update(text).digest();
  const storedKey = createHash(hash).update(hmac('Client Key')).digest();
  return { salt, iterations: ITERATIONS, storedKey, serverKey: hmac('Server Key') };
}

const SALT_BYTES = 16;
/** The least that Kafka takes. */
const ITERATIONS = 4096;
