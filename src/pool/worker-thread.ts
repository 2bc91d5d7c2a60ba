import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ChunkPlan } from '../contract/chunk.ts';
import { CHUNK_RECORDS, pageOf, tokenOf } from '../contract/chunk.ts';
import { invariant } from '../contract/invariant.ts';
import {
  type FromThread,
  type HandlerSpec,
  RECORD,
  type ThreadMemory,
  type ThreadStart,
  type ToThread,
  threadMemoryBytes,
  viewThreadMemory,
} from '../contract/thread.ts';
import { pack } from './pack.ts';

/** A chunk that a thread holds. */
interface Page<Chunk> {
  readonly chunk: Chunk;
  readonly pipeline: number;
  /** Records whose verdict has not come. */
  open: number;
}

/** A record that a thread had when it died. */
export interface Lost<Chunk> {
  readonly pipeline: number;
  readonly chunk: Chunk;
  readonly place: number;
  readonly state: number;
  readonly token: number;
}

/**
 * One life of a worker thread as the main thread sees it: its port, the memory they share, and the chunks it holds. It
 * ends with the thread; a successor is a new object.
 */
export class WorkerThread<Chunk extends ChunkPlan> {
  readonly id: number;
  readonly memory: ThreadMemory;
  readonly port: MessagePort;
  /** What the pump gets, and what is transferred with it. */
  readonly start: { readonly port: MessagePort; readonly start: ThreadStart };
  readonly #pages: (Page<Chunk> | null)[];
  readonly #free: number[] = [];
  /** By token: 1 when its verdict has come. */
  readonly #answered: Uint8Array;
  /** Whether the dead thread's records were taken over: nothing is sent or received any more. */
  #isOver = false;

  /** `pages`: chunks it may hold at once. */
  constructor(
    id: number,
    pages: number,
    handlers: readonly HandlerSpec[],
    receive: (message: FromThread) => void,
  ) {
    this.id = id;
    const memory = new SharedArrayBuffer(threadMemoryBytes(pages, handlers.length));
    this.memory = viewThreadMemory(memory, pages, handlers.length);
    this.#pages = new Array(pages).fill(null);
    this.#answered = new Uint8Array(pages * CHUNK_RECORDS);
    for (let page = pages - 1; page >= 0; page--) this.#free.push(page);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.start = { port: port2, start: { thread: id, memory, pages, handlers } };
    port1.on('message', (message: FromThread) => {
      if (!this.#isOver) receive(message);
    });
    port1.unref();
  }

  send(pipeline: number, chunk: Chunk): void {
    const page = this.#free.pop();
    invariant(page !== undefined, 'a thread has a page for each chunk within its window');
    this.#pages[page] = { chunk, pipeline, open: chunk.count };
    const { count } = chunk;
    const first = tokenOf(page, 0);
    this.memory.status.fill(RECORD.waiting, first, first + count);
    this.#answered.fill(0, first, first + count);
    const buffer = pack(chunk);
    this.port.postMessage({ type: 'chunk', pipeline, page, count, buffer } satisfies ToThread, [
      buffer,
    ]);
  }

  /** The chunks of a pipeline that it holds records of. */
  *chunksOf(pipeline: number): Generator<{
    readonly thread: number;
    readonly chunk: Chunk;
    readonly stateOf: (place: number) => 'running' | 'sent' | 'back';
  }> {
    for (const [number, page] of this.#pages.entries()) {
      if (page?.pipeline !== pipeline) continue;
      const first = tokenOf(number, 0);
      const stateOf = (place: number): 'running' | 'sent' | 'back' => {
        if (this.#answered[first + place] === 1) return 'back';
        return this.memory.status[first + place] === RECORD.running ? 'running' : 'sent';
      };
      yield { thread: this.id, chunk: page.chunk, stateOf };
    }
  }

  post(message: ToThread): void {
    if (!this.#isOver) this.port.postMessage(message);
  }

  /** `count` verdicts are here, from `token` on: the page is free when they were the last. Returns the chunk. */
  answered(token: number, count: number): Chunk {
    const number = pageOf(token);
    const page = this.#pages[number];
    invariant(page !== null && page !== undefined, 'a verdict is for a chunk that was sent');
    this.#answered.fill(1, token, token + count);
    page.open -= count;
    if (page.open === 0) {
      this.#pages[number] = null;
      this.#free.push(number);
    }
    return page.chunk;
  }

  /** Whether every record that the thread holds is of that pipeline. */
  holdsOnly(pipeline: number): boolean {
    return this.#pages.every((page) => page === null || page.pipeline === pipeline);
  }

  /** Pipeline of a record that the thread holds; null when its verdict has just come. */
  pipelineOf(token: number): number | null {
    return this.#pages[pageOf(token)]?.pipeline ?? null;
  }

  /** Whether the thread holds any record. */
  get isBusy(): boolean {
    return this.#free.length < this.#pages.length;
  }

  /**
   * Takes over after the thread's end: first the messages it had posted, then the records without a verdict, by what
   * the shared memory says of them.
   */
  takeOver(receive: (message: FromThread) => void): Lost<Chunk>[] {
    for (let item = receiveMessageOnPort(this.port); item; item = receiveMessageOnPort(this.port)) {
      receive(item.message as FromThread);
    }
    this.#isOver = true;
    this.port.close();
    const lost: Lost<Chunk>[] = [];
    for (const [number, page] of this.#pages.entries()) {
      for (let place = 0; page && place < page.chunk.count; place++) {
        const token = tokenOf(number, place);
        if (this.#answered[token] === 1) continue;
        const state = this.memory.status[token] as number;
        lost.push({ pipeline: page.pipeline, chunk: page.chunk, place, state, token });
      }
    }
    return lost;
  }
}
