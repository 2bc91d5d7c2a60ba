/**
 * Addresses of brokers to begin with, as kafkajs takes them: it parts host and port at the first colon. So an IPv6 address travels
 * through it with + for its colons, in the brackets that tell it from a name, and the socket gets it back.
 */
export const throughClient = (address: string): string =>
  address.replace(BRACKETED, (_, host: string) => `[${host.replaceAll(':', '+')}]`);

/** The host as it was written, without brackets. */
export const hostToConnect = (host: string): string =>
  BRACKETED.exec(host)?.[1]?.replaceAll('+', ':') ?? host;

/** `broker` of a line of kafkajs's log, as it was written. */
export const addressAsWritten = (address: string): string =>
  address.replace(BRACKETED, (_, host: string) => `[${host.replaceAll('+', ':')}]`);

const BRACKETED = /^\[([^\]]+)\]/;
