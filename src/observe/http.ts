import { createServer, type Server } from 'node:http';
import { reportError } from '../contract/errors.ts';
import type { EngineStatus } from '../contract/status.ts';
import type { Health } from './health.ts';
import { listen } from './listen.ts';
import type { Log } from './log.ts';
import { LoopDelayMonitor } from './loop-delay.ts';
import { renderMetrics } from './metrics.ts';
import { respond } from './respond.ts';
import { routesOf } from './routes.ts';
import { statusJson } from './status-json.ts';

export interface ServeOptions {
  readonly host: string;
  /** 'auto': 8080, or a free port when that one is taken; 0: a free port. */
  readonly port: number | 'auto';
  /** Whether /metrics answers. */
  readonly metrics: boolean;
  readonly health: Pick<Health, 'report'>;
  readonly snapshot: () => EngineStatus;
  /** Version of Millrace. */
  readonly version: string;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

export interface Serving {
  /** The one it has got; worth a line in the log. */
  readonly port: number;
  readonly url: string;
  /** Stops listening; resolves within a moment, whatever clients do. */
  close(): Promise<void>;
}

/**
 * Serves health and metrics over HTTP. Each answer is made from the state of its moment; one that throws is a 500 and a line in
 * the log. Clients are strangers: they get a few connections, a few seconds and nothing but GET. Start it before the
 * engine, so that probes get an answer, and close it last. Rejects with MR510 (exit 78) when the port can't be had.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { host, health, log, snapshot, version } = options;
  const loop = options.metrics ? new LoopDelayMonitor() : null;
  const metrics =
    loop &&
    (() =>
      renderMetrics(snapshot(), {
        version,
        node: process.versions.node,
        residentBytes: process.memoryUsage.rss(),
        loopDelay: loop.read(),
      }));
  const routes = routesOf(health, metrics, () => statusJson(snapshot(), version));
  const server = createServer(LIMITS, (request, response) => {
    void respond(request, response, routes, log);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = TIMEOUT_MS;
  const port = await listen(server, host, options.port).catch((cause) => {
    loop?.stop();
    throw cause;
  });
  server.on('error', (cause) => log.warn('http server failed', { error: reportError(cause) }));
  return {
    port,
    url: urlOf(host, port),
    close: () => {
      loop?.stop();
      return close(server);
    },
  };
}

/** Idle connections end at once, those with an answer under way get a moment, and those that read nothing are cut. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}

/** Where a client on this machine finds the server. */
function urlOf(host: string, port: number): string {
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const name = isAnywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

const TIMEOUT_MS = 5000;
const CONNECTIONS_MAX = 32;
const CLOSE_MS = 100;

const LIMITS = {
  headersTimeout: TIMEOUT_MS,
  requestTimeout: TIMEOUT_MS,
  keepAliveTimeout: 2000,
  /** How often the first two are looked at. */
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
};
