/** A deliberate bug: what is written in a source file, once, and what stands there instead. */
export interface Mutant {
  /** What the bug does, as the table has it. */
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  readonly swaps: readonly (readonly [from: string, to: string])[];
}

const of = (file: string, name: string, ...swaps: [string, string][]): Mutant => ({
  name,
  file,
  swaps,
});

/** Each must be caught by the simulation or by a unit test. */
export const MUTANTS: readonly Mutant[] = [
  of('flow/ledger.ts', 'commits what was read, not what is handled', [
    'return this.low < this.next ? this.offsetOf(this.low) : this.position;',
    'return this.position;',
  ]),
  of('flow/ledger.ts', 'commits one too many', [
    '? this.offsetOf(this.low) :',
    '? this.offsetOf(this.low) + 1n :',
  ]),
  of('flow/ledger.ts', 'counts offsets instead of looking them up: wrong after each gap', [
    'return this.#origin + BigInt(this.#offset[seq & this.#mask] as number);',
    'return this.#origin + BigInt(seq);',
  ]),
  of('flow/ledger.ts', 'takes what runs for handled', [
    'while (low < this.next && state[low & mask] === SETTLED) low++;',
    'while (low < this.next && state[low & mask] !== WAITING) low++;',
  ]),
  of('flow/ledger.ts', 'stays before trailing offsets without records', [
    'this.position = next;',
    'this.position = count > 0 ? base + BigInt(offset[count - 1] as number) + 1n : this.position;',
  ]),
  of('flow/partition.ts', 'does not count maxUncommitted after the first commit', [
    'this.#limit = seq + this.#maxUncommitted;',
    'this.#limit = Number.MAX_SAFE_INTEGER;',
  ]),
  of('flow/partition.ts', 'does not go on after a commit', [
    "if (this.state === 'running') this.#limit = seq + this.#maxUncommitted;",
    '',
  ]),
  of('flow/partition.ts', 'lets records pass those of their key that wait', [
    'const lane = id !== 0 && this.lanes.size > 0 ? this.lanes.of(id) : undefined;',
    'const lane = undefined as Lane | undefined;',
  ]),
  of('flow/partition.ts', 'gives up before the broker has the outputs', [
    'if (this.inFlight > 0 || this.awaiting > 0) return false;',
    'if (this.inFlight > 0) return false;',
  ]),
  of('flow/partition.ts', 'hands out new records in a drain', [
    'this.#limit = this.ledger.top;',
    '',
  ]),
  of('flow/lane.ts', 'puts what comes back behind what came later', [
    'if (this.size === 0 || (this.#seqs.at(-1) as number) < seq) {',
    'if (this.size >= 0) {',
  ]),
  of('flow/lanes.ts', 'does not wait for retries in a drain', [
    "if (lane.state !== 'waiting' || lane.dueMs <= untilMs) return false;",
    "if (lane.state !== 'waiting') return false;",
  ]),
  of('flow/crew.ts', 'sends a key that is busy to any thread', [
    'thread = this.#slots.owner(slot);',
    'thread = this.#choose(depth);',
  ]),
  of('flow/crew.ts', 'never frees the slot of a key', [
    'if (lane !== 0) this.#slots.release(Slots.of(lane));',
    '',
  ]),
  of('flow/outcomes.ts', 'applies late verdicts', [
    "if (owner.state === 'closed') return this.#stale(owner, n);",
    '',
  ]),
  of('flow/outcomes.ts', 'settles before the broker has the outputs, and again after it', [
    'owner.awaiting += n;\n        return;',
    'owner.awaiting += n;',
  ]),
  of('flow/outcomes.ts', 'takes what ran on a dead thread for handled', [
    'if (state === RECORD.done) {',
    'if (state !== RECORD.waiting) {',
  ]),
  of('flow/outcomes.ts', 'never runs a suspect alone', [
    'if (lane.isAlone) this.#dispatch.addSolo(partition, lane);\n    else partition.ready(lane);',
    'partition.ready(lane);',
  ]),
  of('flow/outcomes.ts', 'forgets to go on after a backoff', [
    'if (delayMs > 0) this.#due.add(lane.dueMs, { partition: owner, lane });\n    else',
    'if (delayMs === 0)',
  ]),
  of('flow/blame.ts', 'charges all that ran on a dead thread', [
    'if (runningInAll === 1) return',
    'if (runningInAll >= 1) return',
  ]),
  of('flow/retry.ts', 'tries once more than allowed', [
    'attempt >= retry.maxAttempts',
    'attempt > retry.maxAttempts',
  ]),
  of('flow/flow.ts', 'loses a record of a dead thread', [
    'for (const orphan of orphans) {',
    'for (const orphan of orphans.slice(1)) {',
  ]),
  of('flow/flow.ts', 'does not tell that there is room again', [
    'if (hasRoom) this.#onRoom();',
    '',
  ]),
  of('flow/leaving.ts', 'adopts a partition while an old run of it goes on', [
    'if (partition.inFlight > 0) continue;',
    '',
  ]),
  of('flow/epoch.ts', 'offers commits of a closed epoch', [
    "if (state === 'closed' || ledger.watermark <= committed) return null;",
    'if (ledger.watermark <= committed) return null;',
  ]),
  of('flow/epoch.ts', 'leaves gaps unfilled in a drain', [
    'if (this.isOpen && !this.#isOver) this.partition.drain();',
    '',
  ]),
  of('flow/epoch.ts', 'does not call back what has not started', [
    'await this.#host.recall(this.partition);',
    '',
  ]),
  of('flow/backpressure.ts', 'never resumes what was paused', [
    'this.#isPaused = isOver;',
    'this.#isPaused ||= isOver;\n    if (this.#isPaused) return 0;',
  ]),
  of('kafka/committer.ts', 'takes a refused commit for done', [
    'else if (sent) this.#confirm(sent);',
    'if (sent) this.#confirm(sent);',
  ]),
  of('kafka/committer.ts', 'tries the last commit only once', [
    'if (clock.now() >= untilMs || this.#options.identity() === null) return false;',
    'if (clock.now() >= 0) return false;',
  ]),
  of(
    'kafka/committer.ts',
    'sends old offsets under a new generation',
    [
      'const broker = await this.#options.coordinator.find();',
      'const points = pointsOf(partitions());\n      const broker = await this.#options.coordinator.find();',
    ],
    [
      'identity = this.#options.identity();\n      const points = pointsOf(partitions());',
      'identity = this.#options.identity();',
    ],
  ),
  of('kafka/holdings.ts', 'gives a partition up before its drain', [
    'const drained = await epoch.drain(untilMs, ABORT_GRACE_MS, reason);',
    'const drained = { open: 0, to: 0n };',
  ]),
  of('kafka/holdings.ts', 'does not commit what it gives up', [
    '(await committer.commitAll([held], Math.max(untilMs, clock.now() + COMMIT_MS)))',
    'true',
  ]),
  of('kafka/holdings.ts', 'says that it no longer has what it still drains', [
    'return byTopic([...this.#held.values()], ({ partition }) => partition);',
    "return byTopic([...this.#held.values()].filter((held) => held.state !== 'revoking'), ({ partition }) => partition);",
  ]),
  of('kafka/holdings.ts', 'goes on with an epoch that is lost', [
    '      held.epoch?.close();\n    }\n    return count;',
    '    }\n    return count;',
  ]),
  of('kafka/group-member.ts', 'commits after its lease is over', [
    ' || this.#lease.isOver) return null;',
    ') return null;',
  ]),
  of('kafka/group-member.ts', 'keeps what it has when the group has forgotten it', [
    'const partitions = this.#options.holdings.lose();',
    'const partitions = 0;',
  ]),
  of('kafka/group-member.ts', 'adopts again what it has', [
    'const added = assigned.filter(({ topic, partition }) => !holdings.get(topic, partition));',
    'const added = assigned;',
  ]),
  of('kafka/group-member.ts', 'does not join again after giving up', [
    "if (this.#state === 'stable') this.#session?.rejoin();",
    '',
  ]),
  of('kafka/start-offset.ts', 'takes an offset at the end of the log for lost', [
    "return offset > end ? { cause: 'beyond', from: start } : null;",
    "return offset >= end ? { cause: 'beyond', from: start } : null;",
  ]),
  of('kafka/start-offset.ts', 'begins at the end where the start is asked for', [
    "policy.autoOffsetReset === 'earliest' ? range.start : range.end",
    "policy.autoOffsetReset === 'earliest' ? range.end : range.start",
  ]),
  of('kafka/seam/pacer.ts', 'asks to join again only once', [
    'if (this.#demand && !this.#isStopped) throw this.#demand;',
    'const demand = this.#demand;\n    this.#demand = null;\n    if (demand && !this.#isStopped) throw demand;',
  ]),
  of('kafka/seam/group-session.ts', 'lets kafkajs go on after a join that failed half-way', [
    'if (this.#isAdrift) this.rejoin();',
    '',
  ]),
  of('pool/recalls.ts', 'waits for the answer of a thread that is gone', [
    'for (const id of [...this.#open.keys()]) this.answer(id, thread);',
    'void thread;',
  ]),
  of('pool/worker-thread.ts', 'gives back records of a dead thread that were answered', [
    'if (this.#answered[token] === 1) continue;',
    '',
  ]),
];
