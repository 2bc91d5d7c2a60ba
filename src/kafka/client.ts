import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import {
  type ISocketFactory,
  Kafka,
  type KafkaConfig as KafkaOptions,
  type LogEntry,
  logLevel,
} from 'kafkajs';
import type { KafkaConfig } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import { addressAsWritten, hostToConnect, throughClient } from './broker-address.ts';
import type { Broker, Cluster } from './seam/cluster.ts';
import { checkVersion } from './seam/internals.ts';

/** A client and what ends its connections by force. */
export interface Client {
  readonly kafka: Kafka;
  /** Text of the last error that the client logged; null when there was none. */
  readonly lastError: string | null;
  /**
   * Whether no broker has answered yet: the first error is a warning then, and those that follow are for debugging. Who waits for the
   * first answer says what comes of it.
   */
  isStarting: boolean;
  /** Ends all connections to a broker: a request to it did not come back in time, so the socket may be half open. */
  cut(host: string, port: number): void;
}

/**
 * A kafkajs client with the settings that keep a member alive: many short retries (with kafkajs's default a broker's restart
 * ends the member), deadlines below the session timeout, keep-alive on sockets. Throws MR302 when a TLS file can't be read.
 */
export function newClient(config: KafkaConfig): Client {
  checkVersion();
  const sockets = new Map<string, Set<net.Socket>>();
  let lastError: string | null = null;
  const log = (entry: LogEntry): void => {
    const isFirst = lastError === null;
    if (entry.level === logLevel.ERROR) lastError = entry.log.message;
    forwardLog(entry, client.isStarting ? (isFirst ? 'warn' : 'debug') : 'error');
  };
  const options: KafkaOptions = {
    brokers: config.brokers.map(throughClient),
    clientId: config.clientId,
    connectionTimeout: Math.min(config.connectTimeoutMs, 10_000),
    authenticationTimeout: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 60, initialRetryTime: 100, multiplier: 1.5, maxRetryTime: 2000 },
    logLevel: logLevel.INFO,
    logCreator: () => log,
    socketFactory: socketsInto(sockets),
    ...(config.tls === null ? {} : { ssl: tlsOptions(config) }),
    ...(config.sasl === null ? {} : { sasl: saslOptions(config) }),
  };
  const client: Client = {
    kafka: new Kafka(options),
    isStarting: false,
    get lastError() {
      return lastError;
    },
    cut: (host, port) => {
      for (const socket of sockets.get(`${host}:${port}`) ?? []) {
        socket.destroy(new Error('The broker did not answer in time.'));
      }
    },
  };
  return client;
}

/**
 * After a request to a broker failed: forgets its connections, so that the next request makes new ones, and ends them by force when
 * the broker did not answer in time.
 */
export function dropBroker(client: Client, cluster: Cluster, broker: Broker, cause: unknown): void {
  const { host, port } = broker.connectionPool;
  if ((cause as { name?: unknown }).name === 'KafkaJSRequestTimeoutError') client.cut(host, port);
  cluster.removeBroker({ host, port });
}

/** Milliseconds that an ordinary request may take. */
const REQUEST_TIMEOUT_MS = 12_000;

function socketsInto(sockets: Map<string, Set<net.Socket>>): ISocketFactory {
  return ({ host: name, port, ssl, onConnect }) => {
    const host = hostToConnect(name);
    const socket = ssl
      ? tls.connect(
          { host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl },
          onConnect,
        )
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, 10_000);
    socket.setNoDelay(true);
    const key = `${name}:${port}`;
    const group = sockets.get(key) ?? new Set();
    sockets.set(key, group.add(socket));
    socket.once('close', () => group.delete(socket));
    return socket;
  };
}

function tlsOptions(config: KafkaConfig): tls.ConnectionOptions {
  const { caFile, certFile, keyFile, passphrase, servername, rejectUnauthorized } =
    config.tls as NonNullable<KafkaConfig['tls']>;
  return {
    rejectUnauthorized,
    minVersion: 'TLSv1.2',
    ...(caFile === undefined ? {} : { ca: read(caFile, 'kafka.tls.caFile') }),
    ...(certFile === undefined ? {} : { cert: read(certFile, 'kafka.tls.certFile') }),
    ...(keyFile === undefined ? {} : { key: read(keyFile, 'kafka.tls.keyFile') }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function read(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MillraceError('MR302', `${key}: ${file} can't be read.`, {
      exit: EXIT.config,
      cause,
    });
  }
}

function saslOptions(config: KafkaConfig): NonNullable<KafkaOptions['sasl']> {
  const { mechanism, username, password } = config.sasl as NonNullable<KafkaConfig['sasl']>;
  // kafkajs's type is a union by mechanism; the fields are the same for all three.
  return { mechanism, username, password } as NonNullable<KafkaOptions['sasl']>;
}

/**
 * kafkajs's own log becomes a signal; what it does at every rebalance and pause is only for debugging. `worst`: the level of what it calls
 * an error.
 */
function forwardLog({ level, log, namespace }: LogEntry, worst: 'error' | 'warn' | 'debug'): void {
  const { message, timestamp: _timestamp, logger: _logger, ...fields } = log;
  const isNoise =
    level === logLevel.INFO ||
    /^Response (Heartbeat|JoinGroup|SyncGroup|GroupCoordinator|Metadata)/.test(message);
  if (typeof fields['broker'] === 'string') fields['broker'] = addressAsWritten(fields['broker']);
  publish('kafka.log', {
    level: isNoise ? 'debug' : level === logLevel.ERROR ? worst : (LEVELS[level] ?? 'info'),
    message: namespace ? `${namespace}: ${message}` : message,
    fields,
  });
}

const LEVELS: Partial<Record<logLevel, 'error' | 'warn' | 'info' | 'debug'>> = {
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
};
