import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ClientConnection } from './client-connection.ts';
import type { Cluster } from './cluster.ts';

/** A broker of the cluster, as clients see it: a port with connections. Taken down and up again it keeps its port. */
export class ClusterNode {
  readonly id: number;
  readonly host: string;
  readonly cluster: Cluster;
  readonly #connections = new Set<ClientConnection>();
  #port: number;
  #server: Server | null = null;

  /** `port` 0 is any free one, chosen when it comes up for the first time. */
  constructor(id: number, cluster: Cluster, host: string, port: number) {
    this.id = id;
    this.cluster = cluster;
    this.host = host;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  get isUp(): boolean {
    return this.#server !== null;
  }

  /** The connections that are open. */
  get connections(): readonly ClientConnection[] {
    return [...this.#connections];
  }

  /** Listens. Rejects with the system's error when the port is not free. Does nothing when it is up. */
  async goUp(): Promise<void> {
    if (this.#server !== null) return;
    const listener = (socket: Socket): void => {
      const connection = new ClientConnection(this.cluster.nextConnectionId(), socket, this);
      this.#connections.add(connection);
      connection.closed.listen(() => this.#connections.delete(connection));
    };
    const { tls } = this.cluster;
    const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
    // A client that does not get through the handshake is none of this side's errors.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.listen(this.#port, this.host);
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
    this.cluster.nodeChanged(this);
  }

  /** Cuts all connections and stops listening, as a process that was killed. Does nothing when it is down. */
  async goDown(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    for (const connection of this.#connections) connection.close();
    this.cluster.nodeChanged(this);
    await closed;
  }
}
