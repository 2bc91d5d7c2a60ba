import type { FakeClock } from '../support/clock.ts';
import type { Dice } from '../support/dice.ts';
import { clientError } from '../support/fake-cluster.ts';
import type { ProcessClock } from './process-clock.ts';
import type { SimBroker } from './sim-broker.ts';
import type { Troubles } from './troubles.ts';
import type { Watch } from './watch.ts';

export interface LinkOptions {
  readonly process: number;
  /** The process's own clock: answers wait while it is frozen. */
  readonly clock: ProcessClock;
  readonly timeline: FakeClock;
  readonly dice: Dice;
  readonly broker: SimBroker;
  readonly troubles: Troubles;
  readonly watch: Watch;
}

/**
 * The connections of one client to the brokers. Requests of a connection arrive in the order they were sent, and so do their
 * answers; either may be lost, late, or never come.
 */
export class SimLink {
  readonly #options: LinkOptions;
  /** By node: when the last request arrives, and its answer. */
  readonly #arrivesMs = new Map<number, number>();
  readonly #answeredMs = new Map<number, number>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Lets `effect` happen at a node and brings its result back; it gets an error code that it is to answer with, 0 for none. */
  call<T>(
    node: number,
    effect: (code: number) => T | Promise<T>,
    {
      codes = [],
      timeoutMs = REQUEST_TIMEOUT_MS,
    }: { codes?: readonly number[]; timeoutMs?: number } = {},
  ): Promise<T> {
    const { clock, timeline, dice, troubles, process, broker } = this.#options;
    const sentMs = timeline.now();
    return new Promise<T>((resolve, reject) => {
      if (broker.down.has(node)) {
        troubles.met(process);
        clock.after(dice.between(1, 20), () => reject(clientError('KafkaJSConnectionError')));
        return;
      }
      const trouble = troubles.ofRequest(process, codes.length > 0);
      if (trouble === 'loseRequest') {
        clock.after(dice.between(0, 20), () => reject(clientError('KafkaJSConnectionClosedError')));
        return;
      }
      const isSilent = trouble === 'silence';
      const cancel = clock.after(timeoutMs, () => {
        troubles.met(process);
        reject(clientError('KafkaJSRequestTimeoutError'));
      });
      if (isSilent && dice.chance(0.5)) return;
      const back = (settle: () => void): void => {
        if (isSilent) return;
        const delayMs = this.#inOrder(this.#answeredMs, node, this.#delayMs(trouble === 'slow'));
        clock.after(delayMs, () => {
          cancel();
          if (timeline.now() - sentMs > LONG_MS) troubles.met(process);
          if (trouble === 'loseAnswer') reject(clientError('KafkaJSConnectionClosedError'));
          else settle();
        });
      };
      timeline.after(
        this.#inOrder(this.#arrivesMs, node, this.#delayMs(trouble === 'slow')),
        () => {
          if (broker.down.has(node)) {
            troubles.met(process);
            back(() => reject(clientError('KafkaJSConnectionClosedError')));
            return;
          }
          const code = trouble === 'errorCode' ? dice.pick(codes) : 0;
          void attempt(effect, code).then(
            (value) => back(() => resolve(value)),
            (cause: unknown) => back(() => reject(cause as Error)),
          );
        },
      );
    });
  }

  #delayMs(isSlow: boolean): number {
    return this.#options.dice.between(0.1, isSlow ? 3000 : 2);
  }

  /** The delay that lets nothing of a connection overtake anything of it. */
  #inOrder(last: Map<number, number>, node: number, delayMs: number): number {
    const nowMs = this.#options.timeline.now();
    const atMs = Math.max(last.get(node) ?? 0, nowMs + delayMs);
    last.set(node, atMs);
    return atMs - nowMs;
  }
}

async function attempt<T>(effect: (code: number) => T | Promise<T>, code: number): Promise<T> {
  return effect(code);
}

const REQUEST_TIMEOUT_MS = 4000;
/** An answer that takes so long may cost its process the lease, whoever else was waited for. */
const LONG_MS = 3000;
