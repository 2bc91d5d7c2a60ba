import type { Clock } from '../../src/contract/clock.ts';
import type { ThreadDeath } from '../../src/contract/signals.ts';
import type { Dice } from './dice.ts';
import {
  type Attempt,
  FakeThread,
  type FromFakeThread,
  type Plan,
  type ToFakeThread,
} from './thread.ts';
import { Wire } from './wire.ts';

export interface SeatPorts {
  readonly clock: Clock;
  readonly dice: Dice;
  /** Records that run at the same time. */
  readonly limit: number;
  /** How long a message is under way. */
  readonly delayMs: () => number;
  plan(attempt: Attempt): Plan;
  started(attempt: Attempt): void;
  ended(attempt: Attempt): void;
  receive(message: FromFakeThread): void;
  die(death: ThreadDeath): void;
}

/** The place of a thread: the number stays, the thread and its two wires are replaced when it dies. */
export class Seat {
  readonly id: number;
  /** Sent to the thread and not back. */
  readonly held: Set<Attempt> = new Set();
  isAlive = false;
  thread: FakeThread;
  toThread: Wire<ToFakeThread>;
  toMain: Wire<FromFakeThread>;
  readonly #ports: SeatPorts;

  constructor(id: number, ports: SeatPorts) {
    this.id = id;
    this.#ports = ports;
    ({ thread: this.thread, toThread: this.toThread, toMain: this.toMain } = equip(ports));
  }

  /** A new thread takes the place of one that is gone. */
  renew(): void {
    Object.assign(this, equip(this.#ports));
  }

  /** Whether nothing is on the thread or under way. */
  get isQuiet(): boolean {
    const { held, toThread, toMain, thread } = this;
    return held.size === 0 && toThread.size === 0 && toMain.size === 0 && thread.isIdle;
  }
}

function equip(ports: SeatPorts): Pick<Seat, 'thread' | 'toThread' | 'toMain'> {
  const { clock, delayMs, receive } = ports;
  const toMain = new Wire<FromFakeThread>(clock, delayMs, receive);
  const thread = new FakeThread(ports.limit, { ...ports, post: (said) => toMain.post(said) });
  const toThread = new Wire<ToFakeThread>(clock, delayMs, (said) => thread.receive(said));
  return { thread, toThread, toMain };
}
