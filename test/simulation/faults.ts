import type { Dice } from '../support/dice.ts';

/** How a fault comes about: drawn by the run now and then, at each request, or at each attempt of a handler. */
export type FaultKind = 'event' | 'request' | 'attempt';

export type FaultName =
  | 'join'
  | 'terminate'
  | 'kill'
  | 'freeze'
  | 'killThread'
  | 'fail'
  | 'refuse'
  | 'hang'
  | 'die'
  | 'poison'
  | 'rejectOutput'
  | 'loseRequest'
  | 'loseAnswer'
  | 'silence'
  | 'slow'
  | 'errorCode'
  | 'brokerDown'
  | 'moveCoordinator'
  | 'moveLeader'
  | 'evict'
  | 'rebalance'
  | 'retain';

/** Every fault, and the most that its rate may be: events a second, or the share of the requests or attempts. */
const FAULTS: Readonly<Record<FaultName, { kind: FaultKind; most: number }>> = {
  // What happens to processes.
  join: { kind: 'event', most: 0.4 },
  terminate: { kind: 'event', most: 0.4 },
  kill: { kind: 'event', most: 0.3 },
  freeze: { kind: 'event', most: 0.3 },
  // What happens to threads and handlers.
  killThread: { kind: 'event', most: 0.5 },
  fail: { kind: 'attempt', most: 0.3 },
  refuse: { kind: 'attempt', most: 0.05 },
  hang: { kind: 'attempt', most: 0.03 },
  die: { kind: 'attempt', most: 0.05 },
  poison: { kind: 'attempt', most: 0.03 },
  rejectOutput: { kind: 'attempt', most: 0.1 },
  // What happens to requests.
  loseRequest: { kind: 'request', most: 0.1 },
  loseAnswer: { kind: 'request', most: 0.1 },
  silence: { kind: 'request', most: 0.03 },
  slow: { kind: 'request', most: 0.1 },
  errorCode: { kind: 'request', most: 0.1 },
  // What happens to brokers and the group.
  brokerDown: { kind: 'event', most: 0.2 },
  moveCoordinator: { kind: 'event', most: 0.3 },
  moveLeader: { kind: 'event', most: 0.5 },
  evict: { kind: 'event', most: 0.3 },
  rebalance: { kind: 'event', most: 0.5 },
  retain: { kind: 'event', most: 0.5 },
};

export type FaultRates = Readonly<Partial<Record<FaultName, number>>>;

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS) as FaultName[];

export const faultsOf = (kind: FaultKind): FaultName[] =>
  FAULT_NAMES.filter((name) => FAULTS[name].kind === kind);

/** Arms a random part of the faults: each also has to be met without the noise of all the others. */
export function drawFaults(dice: Dice): FaultRates {
  const share = dice.pick([0, 0.15, 0.3, 0.6]);
  const rates: Partial<Record<FaultName, number>> = {};
  for (const name of FAULT_NAMES) {
    const isArmed = dice.chance(share);
    const rate = dice.next() * FAULTS[name].most;
    if (isArmed) rates[name] = rate;
  }
  return rates;
}
