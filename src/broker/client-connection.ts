import type { Socket } from 'node:net';
import { Bell } from './bell.ts';
import type { ClusterNode } from './cluster-node.ts';
import { FrameQueue } from './frame-queue.ts';
import type { SaslSession } from './security/sasl-session.ts';
import { type Outcome, serve } from './serve.ts';
import { MalformedFrame } from './wire/malformed-frame.ts';

/** What is read of a client while it waits for an answer, so that its end is noticed; then nothing more is read. */
const READ_AHEAD_BYTES = 1024 * 1024;

/**
 * A client's connection: its requests are answered one after the other, in order, as Kafka mutes a channel until the answer is
 * out. While the client does not take its answers, nothing more is done for it. A malformed frame ends it.
 */
export class ClientConnection {
  readonly id: number;
  /** Rings once, when the connection is over. */
  readonly closed: Bell = new Bell();
  /** Its login; null where nobody has to log in. */
  readonly sasl: SaslSession | null;
  readonly #socket: Socket;
  readonly #node: ClusterNode;
  readonly #frames: FrameQueue;
  #isAnswering = false;
  #isClosed = false;
  #isEnding = false;

  constructor(id: number, socket: Socket, node: ClusterNode) {
    this.id = id;
    this.#socket = socket;
    this.#node = node;
    this.sasl = node.cluster.newSaslSession();
    this.#frames = new FrameQueue(node.cluster.configs.number('socket.request.max.bytes'));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      this.#goOn();
    });
    socket.on('drain', () => this.#goOn());
    // A client that goes away is none of this side's errors; 'close' follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.closed.ring();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends it at once. */
  close(): void {
    this.#socket.destroy();
  }

  /** Ends it when the request that is being answered is. */
  closeAfterAnswer(): void {
    this.#isEnding = true;
  }

  /** Answers what has come in, as far as the client takes it. */
  #goOn(): void {
    try {
      while (this.#canAnswer) {
        const frame = this.#frames.next();
        if (frame === null) break;
        const outcome = serve(frame, this.#node, this);
        if (outcome instanceof Promise) this.#await(outcome);
        else this.#send(outcome);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#setReading();
  }

  get #canAnswer(): boolean {
    return (
      !this.#isAnswering &&
      !this.#isEnding &&
      !this.#socket.destroyed &&
      !this.#socket.writableNeedDrain
    );
  }

  #await(outcome: Promise<Outcome>): void {
    this.#isAnswering = true;
    const done = (then: () => void): void => {
      this.#isAnswering = false;
      then();
      this.#goOn();
    };
    outcome.then(
      (answer) => done(() => this.#send(answer)),
      (error: unknown) => done(() => this.#fail(error)),
    );
  }

  #send(outcome: Outcome): void {
    if (outcome === 'cut') this.close();
    if (outcome === null || outcome === 'cut' || this.#socket.destroyed) return;
    // All parts in one system call.
    this.#socket.cork();
    for (const part of outcome) this.#socket.write(part);
    this.#socket.uncork();
    if (this.#isEnding) this.#socket.end(() => this.close());
  }

  #fail(error: unknown): void {
    if (!(error instanceof MalformedFrame)) this.#node.cluster.onFault(error);
    this.close();
  }

  #setReading(): void {
    const hasEnough = this.#frames.bytes > READ_AHEAD_BYTES && this.#frames.hasNext;
    if (hasEnough) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }
}
