export interface Limits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * The buffer of a pipeline, shared by the partitions it holds. Half of it is divided evenly: a partition that can't get rid of its records
 * never holds up another. Of the other half each may take four fifths of what the others leave, so that a single busy partition
 * among a thousand idle ones has room, and the next one too. (Dynamic thresholds with alpha = 4: Choudhury and Hahne, 1998.)
 */
export class Budget {
  readonly bytes: Pot;
  readonly records: Pot;
  readonly #accounts = new Set<Account>();
  #parts = 0;

  constructor({ maxBytes, maxRecords }: Limits) {
    this.bytes = new Pot(maxBytes);
    this.records = new Pot(maxRecords);
  }

  /** An account for a partition that is held from now on. */
  open(): Account {
    const account = new Account(this);
    this.#accounts.add(account);
    this.#divide();
    return account;
  }

  /** The partition is held no longer: what it uses counts no more. */
  close(account: Account): void {
    account.use(0, 0);
    this.#accounts.delete(account);
    this.#divide();
  }

  /** Rounded up to a power of two, so that thousands of partitions that come one by one divide it a few times only. */
  #divide(): void {
    const parts = 2 ** Math.ceil(Math.log2(Math.max(1, this.#accounts.size)));
    if (parts === this.#parts) return;
    this.#parts = parts;
    this.bytes.divide(parts);
    this.records.divide(parts);
    for (const account of this.#accounts) account.recount();
  }
}

/** What one partition uses of the buffer. */
export class Account {
  readonly #budget: Budget;
  #bytes = 0;
  #records = 0;
  /** What it uses beyond its even share. */
  #extraBytes = 0;
  #extraRecords = 0;
  #isPaused = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Sets what is held and asked for. */
  use(bytes: number, records: number): void {
    const budget = this.#budget;
    this.#bytes = bytes;
    this.#records = records;
    this.#extraBytes = budget.bytes.exchange(this.#extraBytes, bytes);
    this.#extraRecords = budget.records.exchange(this.#extraRecords, records);
  }

  /** The even share has changed. */
  recount(): void {
    this.#extraBytes = this.#budget.bytes.exchange(0, this.#bytes);
    this.#extraRecords = this.#budget.records.exchange(0, this.#records);
  }

  /** Whether it was at its limit and is not yet down to half of it. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Bytes that may be asked for now; 0 while it is paused. */
  room(): number {
    const bytes = this.#budget.bytes.limit(this.#extraBytes);
    const records = this.#budget.records.limit(this.#extraRecords);
    const isOver = this.#isPaused
      ? this.#bytes * 2 > bytes || this.#records * 2 > records
      : this.#bytes >= bytes || this.#records >= records;
    this.#isPaused = isOver;
    return isOver ? 0 : bytes - this.#bytes;
  }
}

/** One quantity that is shared. */
class Pot {
  readonly #total: number;
  #share = 1;
  /** What is left for those who need more than the even share, and what of it is used. */
  #pool = 0;
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Divides it anew; who uses more than its share says so again. */
  divide(parts: number): void {
    this.#share = Math.max(1, Math.floor(this.#total / 2 / parts));
    this.#pool = Math.max(0, this.#total - this.#share * parts);
    this.#used = 0;
  }

  /** Replaces what somebody used beyond the share; returns what it uses now. */
  exchange(extraBefore: number, amount: number): number {
    const extra = Math.max(0, amount - this.#share);
    this.#used += extra - extraBefore;
    return extra;
  }

  /** Most that somebody may have who uses `extra` beyond the share. */
  limit(extra: number): number {
    const left = Math.max(0, this.#pool - (this.#used - extra));
    return this.#share + Math.floor(left * POOL_SHARE);
  }
}

const POOL_SHARE = 0.8;
