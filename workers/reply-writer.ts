import { OUTPUT_FIELDS, type Outputs, type Reply } from '../src/contract/thread.ts';
import type { Failure, Verdict } from '../src/contract/verdict.ts';
import type { Output } from './outputs.ts';

/** Collects verdicts until they are sent: equal verdicts of neighbours in a chunk become one run. */
export class ReplyWriter {
  #runs: number[] = [];
  #failures: { token: number; failure: Failure }[] = [];
  #outputs: { token: number; output: Output }[] = [];
  /** Records since the last reply. */
  size = 0;

  add(token: number, verdict: Verdict): void {
    this.size++;
    const runs = this.#runs;
    const last = runs.length - 3;
    const isNext =
      last >= 0 &&
      runs[last + 2] === verdict &&
      (runs[last] as number) + (runs[last + 1] as number) === token &&
      (runs[last] as number) >>> 8 === token >>> 8;
    if (isNext) runs[last + 1] = (runs[last + 1] as number) + 1;
    else runs.push(token, 1, verdict);
  }

  fail(token: number, verdict: Verdict, failure: Failure): void {
    this.size++;
    // A failure never joins a run: the main thread takes failures one by one, in this order.
    this.#runs.push(token, 1, verdict);
    this.#failures.push({ token, failure });
  }

  produce(token: number, outputs: readonly Output[]): void {
    for (const output of outputs) this.#outputs.push({ token, output });
  }

  /** Takes what was collected; null when there is nothing. */
  take(): Reply | null {
    if (this.size === 0) return null;
    const reply = {
      runs: Int32Array.from(this.#runs),
      failures: this.#failures,
      outputs: this.#outputs.length === 0 ? null : pack(this.#outputs),
    };
    this.#runs = [];
    this.#failures = [];
    this.#outputs = [];
    this.size = 0;
    return reply;
  }
}

/** Puts all outputs into one buffer: a message with an object per record costs ten times as much. */
function pack(entries: readonly { token: number; output: Output }[]): Outputs {
  const topics: string[] = [];
  const index = new Int32Array(entries.length * OUTPUT_FIELDS);
  const timestamp = new Float64Array(entries.length);
  const bytes = new Uint8Array(
    entries.reduce((sum, { output }) => sum + output.body.byteLength, 0),
  );
  let at = 0;
  for (const [i, { token, output }] of entries.entries()) {
    let topic = topics.indexOf(output.topic);
    if (topic < 0) topic = topics.push(output.topic) - 1;
    const end = at + output.body.byteLength;
    index.set([token, topic, output.partition, at, end], i * OUTPUT_FIELDS);
    timestamp[i] = output.timestamp;
    bytes.set(output.body, at);
    at = end;
  }
  return { topics, index, timestamp, bytes };
}
