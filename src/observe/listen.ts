import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXIT, MillraceError } from '../contract/errors.ts';

/** The port of `auto`, if it is free. */
const USUAL_PORT = 8080;

/**
 * Makes a server listen and resolves with its port. 'auto' is 8080, or any free port when that one is taken; 0 is any free
 * port. Rejects with MR510 (exit 78) when the given port or host can't be had.
 */
export async function listen(server: Server, host: string, port: number | 'auto'): Promise<number> {
  if (port === 'auto') {
    try {
      return await listenOn(server, host, USUAL_PORT);
    } catch (cause) {
      if (codeOf(cause) !== 'EADDRINUSE') throw refusal(cause, host, USUAL_PORT);
    }
  }
  const given = port === 'auto' ? 0 : port;
  try {
    return await listenOn(server, host, given);
  } catch (cause) {
    throw refusal(cause, host, given);
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // A server that listens on a host and port has such an address.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function refusal(cause: unknown, host: string, port: number): MillraceError {
  const code = codeOf(cause);
  const facts = { host, port, code };
  const text = REASONS[code ?? ''] ?? `can't listen on ${host}:${port}: ${String(cause)}.`;
  return new MillraceError(
    'MR510',
    `http: ${text.replace('{host}', host).replace('{port}', String(port))}`,
    {
      exit: EXIT.config,
      facts,
      cause,
    },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'port {port} is taken. Choose another one with http.port, or auto, or switch it off with http: false.',
  EACCES: 'port {port} may not be used by this user. Choose one above 1023 with http.port.',
  EADDRNOTAVAIL: 'this machine has no address {host}. Correct http.host.',
  ENOTFOUND: 'there is no host {host}. Correct http.host.',
};

const codeOf = (cause: unknown): string | undefined => (cause as { code?: string }).code;
