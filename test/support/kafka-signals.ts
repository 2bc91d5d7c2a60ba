import type { TestContext } from 'node:test';
import { type SignalName, type Signals, subscribe } from '../../src/contract/signals.ts';

/** The signals of that name from now to the end of the test, as they come. */
export function signalsOf<Name extends SignalName>(t: TestContext, name: Name): Signals[Name][] {
  const heard: Signals[Name][] = [];
  t.after(subscribe(name, (payload) => heard.push(payload)));
  return heard;
}
