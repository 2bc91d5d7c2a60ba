import { type Clock, systemClock } from '../contract/clock.ts';
import { type SignalName, type Signals, subscribe } from '../contract/signals.ts';
import { Fold } from './fold.ts';
import type { Log } from './log.ts';
import type { LogLine } from './log-line.ts';
import { signalLines } from './signal-lines.ts';

/** Logs every signal from now on; the result ends it, after what was folded is written. */
export function logSignals(log: Pick<Log, 'write'>, clock: Clock = systemClock): () => void {
  const fold = new Fold(clock, ({ level, message, fields }) => log.write(level, message, fields));
  const names = Object.keys(signalLines) as SignalName[];
  const ends = names.map((name) => logSignal(name, fold));
  return () => {
    for (const end of ends) end();
    fold.flush();
  };
}

function logSignal<Name extends SignalName>(name: Name, fold: Fold): () => void {
  const lineOf: (payload: Signals[Name]) => LogLine = signalLines[name];
  return subscribe(name, (payload) => fold.take(lineOf(payload)));
}
