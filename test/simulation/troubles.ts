import type { Dice } from '../support/dice.ts';
import { FAULT_NAMES, type FaultName, type FaultRates, faultsOf } from './faults.ts';

/** The faults of a run: draws them by the rates of the scenario, counts those that happened, and ends them all. */
export class Troubles {
  readonly counts: Record<FaultName, number> = Object.fromEntries(
    FAULT_NAMES.map((name) => [name, 0]),
  ) as Record<FaultName, number>;
  isHealed = false;
  readonly #rates: FaultRates;
  readonly #dice: Dice;
  /** A request of a process has met trouble. */
  readonly met: (process: number) => void;

  constructor(rates: FaultRates, dice: Dice, met: (process: number) => void) {
    this.#rates = rates;
    this.#dice = dice;
    this.met = met;
  }

  count(name: FaultName): void {
    this.counts[name]++;
  }

  /** Whether a fault of an attempt happens now. */
  ofAttempt(name: FaultName): boolean {
    if (this.isHealed || !this.#dice.chance(this.#rates[name] ?? 0)) return false;
    this.counts[name]++;
    return true;
  }

  /** What happens to a request; `mayRefuse`: it can be answered with an error code. */
  ofRequest(process: number, mayRefuse: boolean): FaultName | null {
    if (this.isHealed) return null;
    for (const name of REQUEST_FAULTS) {
      const rate = this.#rates[name];
      if (rate === undefined || (name === 'errorCode' && !mayRefuse)) continue;
      if (!this.#dice.chance(rate)) continue;
      this.counts[name]++;
      this.met(process);
      return name;
    }
    return null;
  }

  /** The next fault that happens by itself, and when; null when none is armed. */
  nextEvent(): { readonly name: FaultName; readonly afterMs: number } | null {
    const armed = EVENT_FAULTS.filter((name) => (this.#rates[name] ?? 0) > 0);
    const total = armed.reduce((sum, name) => sum + (this.#rates[name] as number), 0);
    if (total === 0) return null;
    let at = this.#dice.next() * total;
    const name = armed.find((each) => {
      at -= this.#rates[each] as number;
      return at < 0;
    });
    const afterMs = (-Math.log(1 - this.#dice.next()) / total) * 1000;
    return { name: name ?? (armed.at(-1) as FaultName), afterMs };
  }
}

const REQUEST_FAULTS = faultsOf('request');
const EVENT_FAULTS = faultsOf('event');
