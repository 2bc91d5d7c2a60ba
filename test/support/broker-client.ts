import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Api } from '../../src/broker/api.ts';
import { codecOf } from '../../src/broker/wire/codec.ts';
import { Reader } from '../../src/broker/wire/reader.ts';
import type { Decoded, Encoded, Schema } from '../../src/broker/wire/schema.ts';
import { skipTags } from '../../src/broker/wire/tags.ts';
import { Writer } from '../../src/broker/wire/writer.ts';

/** A connection to a Kafka broker, whichever, that sends what it is told to and reads the answers by the broker's own schemas. */
export class BrokerClient {
  readonly #socket: Socket;
  readonly #clientId: string | null;
  #received: Buffer = Buffer.alloc(0);
  #correlationId = 0;
  readonly #waiting: { resolve: (frame: Buffer) => void; reject: (cause: Error) => void }[] = [];
  readonly #frames: Buffer[] = [];
  #isClosed = false;

  private constructor(socket: Socket, clientId: string | null) {
    this.#socket = socket;
    this.#clientId = clientId;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new ConnectionClosed());
    });
  }

  /** `address` is host:port. */
  static async connect(address: string, clientId: string | null = 'test'): Promise<BrokerClient> {
    const [host, port] = address.split(':');
    const socket = connect({ host: host as string, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new BrokerClient(socket, clientId);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the other side, or this one, has closed. */
  async closed(): Promise<void> {
    if (!this.#isClosed) await once(this.#socket, 'close');
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Says that nothing more is sent; what comes in is still read. */
  end(): void {
    this.#socket.end();
  }

  /** Sends a request and reads its answer. Rejects with ConnectionClosed. */
  async send<Q extends Schema, R extends Schema>(
    api: Api<Q, R>,
    version: number,
    body: Encoded<Q>,
  ): Promise<Decoded<R>> {
    const correlationId = this.post(api, version, body);
    return readAnswer(api, version, correlationId, await this.frame());
  }

  /** Sends a request whose answer is not read here; returns its correlation id. */
  post<Q extends Schema, R extends Schema>(
    api: Api<Q, R>,
    version: number,
    body: Encoded<Q>,
  ): number {
    const correlationId = this.#correlationId++;
    const parts = requestFrame(api, version, body, { correlationId, clientId: this.#clientId });
    for (const part of parts) this.#socket.write(part);
    return correlationId;
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Reads no more until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next frame that comes in, without its size. */
  frame(): Promise<Buffer> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#isClosed) return Promise.reject(new ConnectionClosed());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE();
      if (this.#received.length < end) return;
      const frame = this.#received.subarray(4, end);
      this.#received = this.#received.subarray(end);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting.resolve(frame);
    }
  }
}

/** The connection ended before the answer came. */
export class ConnectionClosed extends Error {
  override readonly name: string = 'ConnectionClosed';
}

/** A whole request as it goes over the wire. */
export function requestFrame<Q extends Schema, R extends Schema>(
  api: Api<Q, R>,
  version: number,
  body: Encoded<Q>,
  header: { correlationId: number; clientId: string | null },
): Buffer[] {
  const isFlexible = version >= api.flexibleFrom;
  const writer = new Writer();
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(header.correlationId);
  if (header.clientId === null) writer.stringLength(-1, false);
  else writer.text(header.clientId, false);
  if (isFlexible) writer.uvarint(0);
  codecOf(api.request, version, isFlexible).encode(writer, body);
  return writer.frame();
}

/** The body of an answer; throws when it is for another request or longer than its schema says. */
export function readAnswer<Q extends Schema, R extends Schema>(
  api: Api<Q, R>,
  version: number,
  correlationId: number,
  frame: Buffer,
): Decoded<R> {
  const isFlexible = version >= api.flexibleFrom;
  const reader = new Reader(frame);
  const answered = reader.int32();
  if (answered !== correlationId)
    throw new Error(`Answer ${answered} came before ${correlationId}.`);
  if (isFlexible && api.name !== 'ApiVersions') skipTags(reader);
  const body = codecOf(api.response, version, isFlexible).decode(reader);
  if (reader.left > 0) throw new Error(`${reader.left} bytes are left of the answer.`);
  return body;
}
