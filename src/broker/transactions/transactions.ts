import type { Clock } from '../../contract/clock.ts';
import { Refusal } from '../errors.ts';
import type { Outcome } from '../log/marker.ts';
import { type FencedError, Transaction } from './transaction.ts';

/** What the transactions must know of the cluster that they are in. */
export interface TransactionsSurroundings {
  readonly clock: Clock;
  /** Longest timeout that a producer may ask for, in ms (`transaction.max.timeout.ms`). */
  readonly maxTimeoutMs: number;
  /** Id of the node that coordinates the transactional id; null while none is up. */
  coordinatorOf(transactionalId: string): number | null;
  /** Ends a transaction in a partition. */
  mark(place: { readonly topic: string; readonly index: number }, mark: Marked): void;
  /** Ends it in all groups that it has offsets for. */
  completeOffsets(producerId: bigint, isCommit: boolean): void;
}

/** Whose transaction ends, and how. */
export interface Marked {
  readonly outcome: Outcome;
  readonly producerId: bigint;
  readonly epoch: number;
}

/** A producer as a request states it. */
export interface Claim {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly epoch: number;
}

/** The id and the epoch that a producer is given. */
export interface Identity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/**
 * The producers of a cluster: their ids, and the transactions of those that have them. What takes Kafka some steps, to write the markers
 * of a transaction that ends, happens at once here, so that no transaction is ever half ended. Source: Kafka 4.1,
 * TransactionCoordinator, TransactionMetadata.
 */
export class Transactions {
  readonly #around: TransactionsSurroundings;
  readonly #transactions = new Map<string, Transaction>();
  #nextProducerId = 0n;

  constructor(surroundings: TransactionsSurroundings) {
    this.#around = surroundings;
  }

  /** The id of a producer without transactions. */
  newProducer(): Identity {
    return { producerId: this.#nextProducerId++, epoch: 0 };
  }

  /**
   * Gives a transactional producer its id and a new epoch, which fences whoever had it; an open transaction is aborted. `claimed` is
   * what a client has that only wants a new epoch; null otherwise. Throws NOT_COORDINATOR, INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT,
   * and `fenced` for a claim that is over.
   */
  begin(
    nodeId: number,
    { transactionalId, timeoutMs }: { transactionalId: string; timeoutMs: number },
    claimed: Identity | null,
    fenced: FencedError,
  ): Identity {
    if (transactionalId === '') throw new Refusal('INVALID_REQUEST');
    this.#checkCoordinator(nodeId, transactionalId);
    if (timeoutMs <= 0 || timeoutMs > this.#around.maxTimeoutMs) {
      throw new Refusal('INVALID_TRANSACTION_TIMEOUT');
    }
    const known = this.#transactions.get(transactionalId);
    if (!known) return this.#create(transactionalId, timeoutMs);
    if (claimed) {
      const isCurrent = claimed.producerId === known.producerId && claimed.epoch === known.epoch;
      if (!isCurrent) throw new Refusal(fenced);
    }
    known.timeoutMs = timeoutMs;
    if (known.state === 'ongoing') this.#abort(known);
    else this.#bump(known);
    known.state = 'empty';
    return { producerId: known.producerId, epoch: known.epoch };
  }

  /** Has the transaction write to partitions; the first call opens it. Throws as `#claimed` does. */
  addPartitions(
    nodeId: number,
    claim: Claim,
    places: readonly { readonly topic: string; readonly index: number }[],
    fenced: FencedError,
  ): void {
    const transaction = this.#claimed(nodeId, claim, fenced);
    this.#open(transaction);
    for (const { topic, index } of places) transaction.add(topic, index);
  }

  /** Has the transaction commit offsets of a group. */
  addOffsets(nodeId: number, claim: Claim, fenced: FencedError): void {
    this.#open(this.#claimed(nodeId, claim, fenced));
  }

  /**
   * Ends the transaction. To end it again in the same way, and to commit what was never opened when `mayBeEmpty`, changes nothing. With `bumps`
   * the producer gets a new epoch. Throws INVALID_TXN_STATE besides.
   */
  end(
    nodeId: number,
    claim: Claim,
    outcome: Outcome,
    { fenced, bumps }: { readonly fenced: FencedError; readonly bumps: boolean },
  ): Identity {
    const transaction = this.#claimed(nodeId, claim, fenced);
    const ended = outcome === 'commit' ? 'committed' : 'aborted';
    if (transaction.state === 'ongoing') {
      if (bumps) this.#bump(transaction);
      this.#complete(transaction, outcome);
    } else if (transaction.state !== ended && !(bumps && outcome === 'abort')) {
      throw new Refusal('INVALID_TXN_STATE');
    } else if (bumps) this.#bump(transaction);
    return { producerId: transaction.producerId, epoch: transaction.epoch };
  }

  /** Throws when a producer may not write to a partition in its transaction. `adds`: that makes it part of it. */
  checkWrite(
    claim: Claim,
    place: { readonly topic: string; readonly index: number },
    adds: boolean,
  ): void {
    const transaction = this.#transactions.get(claim.transactionalId);
    if (!transaction) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    transaction.checkProducer(claim.producerId, claim.epoch, 'INVALID_PRODUCER_EPOCH');
    if (adds) {
      this.#open(transaction);
      transaction.add(place.topic, place.index);
    } else if (transaction.state !== 'ongoing' || !transaction.has(place.topic, place.index)) {
      throw new Refusal('INVALID_TXN_STATE');
    }
  }

  /** Throws when a producer may not commit offsets in its transaction. */
  checkOffsets(claim: Claim, adds: boolean): void {
    const transaction = this.#transactions.get(claim.transactionalId);
    if (!transaction) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    transaction.checkProducer(claim.producerId, claim.epoch, 'INVALID_PRODUCER_EPOCH');
    if (adds) this.#open(transaction);
    else if (transaction.state !== 'ongoing') throw new Refusal('INVALID_TXN_STATE');
  }

  /** Stops all timers. */
  close(): void {
    for (const { cancelTimeout } of this.#transactions.values()) cancelTimeout();
    this.#transactions.clear();
  }

  #create(transactionalId: string, timeoutMs: number): Identity {
    const identity = this.newProducer();
    const transaction = new Transaction(transactionalId, identity.producerId, timeoutMs);
    this.#transactions.set(transactionalId, transaction);
    return identity;
  }

  /** Throws NOT_COORDINATOR, INVALID_PRODUCER_ID_MAPPING, and `fenced`. */
  #claimed(nodeId: number, claim: Claim, fenced: FencedError): Transaction {
    this.#checkCoordinator(nodeId, claim.transactionalId);
    const transaction = this.#transactions.get(claim.transactionalId);
    if (!transaction) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    transaction.checkProducer(claim.producerId, claim.epoch, fenced);
    return transaction;
  }

  #checkCoordinator(nodeId: number, transactionalId: string): void {
    if (this.#around.coordinatorOf(transactionalId) !== nodeId) {
      throw new Refusal('NOT_COORDINATOR');
    }
  }

  #open(transaction: Transaction): void {
    if (transaction.state === 'ongoing') return;
    transaction.state = 'ongoing';
    transaction.cancelTimeout = this.#around.clock.after(transaction.timeoutMs, () =>
      this.#abort(transaction),
    );
  }

  /** Aborts the open transaction in a new epoch, so that what its producer still sends is refused. */
  #abort(transaction: Transaction): void {
    this.#bump(transaction);
    this.#complete(transaction, 'abort');
  }

  #complete(transaction: Transaction, outcome: Outcome): void {
    const { producerId, epoch, partitions } = transaction;
    transaction.cancelTimeout();
    for (const place of partitions.values())
      this.#around.mark(place, { outcome, producerId, epoch });
    partitions.clear();
    this.#around.completeOffsets(producerId, outcome === 'commit');
    transaction.state = outcome === 'commit' ? 'committed' : 'aborted';
  }

  /** An epoch is an int16: before it ends the producer gets another id. */
  #bump(transaction: Transaction): void {
    if (transaction.epoch < LAST_EPOCH) {
      transaction.epoch++;
      return;
    }
    const before = transaction.producerId;
    if (transaction.state === 'ongoing') {
      for (const place of transaction.partitions.values()) {
        this.#around.mark(place, {
          outcome: 'abort',
          producerId: before,
          epoch: transaction.epoch,
        });
      }
      transaction.partitions.clear();
      this.#around.completeOffsets(before, false);
    }
    transaction.producerId = this.newProducer().producerId;
    transaction.epoch = 0;
  }
}

/** Kafka keeps the last one for fencing. */
const LAST_EPOCH = 32_766;
