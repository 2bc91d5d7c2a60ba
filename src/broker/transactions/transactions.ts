import type { Clock } from '../../contract/clock.ts';
import { Refusal } from '../errors.ts';
import type { Outcome } from '../log/marker.ts';
import { type FencedError, type Identity, Transaction } from './transaction.ts';

/** What the transactions must know of the cluster that they are in. */
export interface TransactionsSurroundings {
  readonly clock: Clock;
  /** Wall clock, ms since 1970. */
  readonly nowMs: () => number;
  /** Longest timeout that a producer may ask for, in ms (`transaction.max.timeout.ms`). */
  readonly maxTimeoutMs: number;
  /** Id of the node that coordinates the transactional id; null while none is up. */
  coordinatorOf(transactionalId: string): number | null;
  /** Ends a transaction in a partition. */
  mark(place: Place, mark: Marked): void;
  /** Ends it in all groups that it has offsets for. */
  completeOffsets(producerId: bigint, isCommit: boolean): void;
}

/** A partition. */
export interface Place {
  readonly topic: string;
  readonly index: number;
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
   * what a client has that only wants a new epoch (KIP-360); null otherwise. One that did not get the answer, or whose transaction was
   * aborted by its time, claims what it had before and is given what it has now. Throws NOT_COORDINATOR, INVALID_REQUEST,
   * INVALID_TRANSACTION_TIMEOUT, and `fenced` for a claim that is over.
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
    const isOurs =
      claimed?.producerId === known.producerId || (claimed && known.hadBefore(claimed));
    if (claimed && !isOurs) throw new Refusal(fenced);
    // As in Kafka before the claim is looked at: whoever claims an epoch has no transaction in mind that is open.
    if (known.state === 'ongoing') this.#abort(known);
    if (claimed && claimed.epoch !== known.epoch && !known.hadBefore(claimed)) {
      throw new Refusal(fenced);
    }
    known.timeoutMs = timeoutMs;
    known.state = 'empty';
    known.startedAtMs = -1;
    if (!claimed || !known.hadBefore(claimed)) this.#bump(known);
    if (!claimed) known.previous = null;
    return known.identity;
  }

  /** Has the transaction write to partitions; the first call opens it. Throws as `#claimed` does. */
  addPartitions(nodeId: number, claim: Claim, places: readonly Place[], fenced: FencedError): void {
    const transaction = this.#claimed(nodeId, claim, fenced);
    this.#open(transaction);
    for (const { topic, index } of places) transaction.add(topic, index);
  }

  /** Which of the partitions are not in the open transaction. Throws as `#claimed` does. */
  missing(
    nodeId: number,
    claim: Claim,
    places: readonly Place[],
    fenced: FencedError,
  ): readonly Place[] {
    const transaction = this.#claimed(nodeId, claim, fenced);
    return places.filter(({ topic, index }) => !transaction.has(topic, index));
  }

  /** Has the transaction commit offsets of a group. Throws as `#claimed` does. */
  addOffsets(nodeId: number, claim: Claim, groupId: string, fenced: FencedError): void {
    const transaction = this.#claimed(nodeId, claim, fenced);
    this.#open(transaction);
    transaction.groups.add(groupId);
  }

  /**
   * Ends the transaction. With `bumps` (KIP-890) the producer gets a new epoch, one that did not get the answer the same again, and one that
   * opened nothing may abort it; without, to end it again in the same way changes nothing. Throws INVALID_TXN_STATE besides what `#claimed` does.
   */
  end(
    nodeId: number,
    claim: Claim,
    outcome: Outcome,
    { fenced, bumps }: { readonly fenced: FencedError; readonly bumps: boolean },
  ): Identity {
    const transaction = this.#named(nodeId, claim.transactionalId);
    const ended = outcome === 'commit' ? 'committed' : 'aborted';
    const isAgain = bumps && transaction.state !== 'ongoing' && transaction.hadBefore(claim);
    if (!isAgain) transaction.checkProducer(claim.producerId, claim.epoch, fenced);
    if (transaction.state === 'ongoing') {
      this.#complete(transaction, outcome, bumps);
    } else if (bumps && outcome === 'abort' && !isAgain) {
      this.#bump(transaction);
      transaction.state = 'aborted';
    } else if (transaction.state !== ended || (bumps && !isAgain)) {
      throw new Refusal('INVALID_TXN_STATE');
    }
    return transaction.identity;
  }

  /** Throws when a producer may not write to a partition in its transaction. `adds`: that makes it part of it. */
  checkWrite(claim: Claim, { topic, index }: Place, adds: boolean): void {
    const transaction = this.#written(claim);
    if (adds) {
      this.#open(transaction);
      transaction.add(topic, index);
    } else if (!transaction.has(topic, index)) {
      throw new Refusal('INVALID_TXN_STATE');
    }
  }

  /** Throws when a producer may not commit offsets of a group in its transaction. `adds`: that makes them part of it. */
  checkOffsets(claim: Claim, groupId: string, adds: boolean): void {
    const transaction = this.#written(claim);
    if (adds) {
      this.#open(transaction);
      transaction.groups.add(groupId);
    } else if (!transaction.groups.has(groupId)) {
      throw new Refusal('INVALID_TXN_STATE');
    }
  }

  /** Those that the node coordinates. */
  of(nodeId: number): Transaction[] {
    return [...this.#transactions.values()].filter(
      ({ id }) => this.#around.coordinatorOf(id) === nodeId,
    );
  }

  /** Throws INVALID_REQUEST, NOT_COORDINATOR, TRANSACTIONAL_ID_NOT_FOUND. */
  describe(nodeId: number, transactionalId: string): Transaction {
    if (transactionalId === '') throw new Refusal('INVALID_REQUEST');
    this.#checkCoordinator(nodeId, transactionalId);
    const transaction = this.#transactions.get(transactionalId);
    if (!transaction) throw new Refusal('TRANSACTIONAL_ID_NOT_FOUND');
    return transaction;
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

  /** Throws INVALID_REQUEST, NOT_COORDINATOR, INVALID_PRODUCER_ID_MAPPING, and `fenced`. */
  #claimed(nodeId: number, claim: Claim, fenced: FencedError): Transaction {
    const transaction = this.#named(nodeId, claim.transactionalId);
    transaction.checkProducer(claim.producerId, claim.epoch, fenced);
    return transaction;
  }

  /** The transaction of a request to its coordinator. */
  #named(nodeId: number, transactionalId: string): Transaction {
    if (transactionalId !== '') this.#checkCoordinator(nodeId, transactionalId);
    return this.#known(transactionalId);
  }

  /** The transaction of a request to a partition or a group, whose node asks the coordinator. */
  #written(claim: Claim): Transaction {
    const transaction = this.#known(claim.transactionalId);
    transaction.checkProducer(claim.producerId, claim.epoch, 'INVALID_PRODUCER_EPOCH');
    return transaction;
  }

  #known(transactionalId: string): Transaction {
    if (transactionalId === '') throw new Refusal('INVALID_REQUEST');
    const transaction = this.#transactions.get(transactionalId);
    if (!transaction) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
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
    transaction.startedAtMs = this.#around.nowMs();
    transaction.cancelTimeout = this.#around.clock.after(transaction.timeoutMs, () =>
      this.#abort(transaction),
    );
  }

  /** Aborts the open transaction in a new epoch, so that what its producer still sends is refused. */
  #abort(transaction: Transaction): void {
    this.#complete(transaction, 'abort', true);
  }

  /** With `bumps` the markers are already of the next epoch, so that no record of this one can come behind them. */
  #complete(transaction: Transaction, outcome: Outcome, bumps: boolean): void {
    const { producerId, partitions } = transaction;
    const epoch = transaction.epoch + (bumps ? 1 : 0);
    transaction.cancelTimeout();
    for (const place of partitions.values())
      this.#around.mark(place, { outcome, producerId, epoch });
    partitions.clear();
    transaction.groups.clear();
    this.#around.completeOffsets(producerId, outcome === 'commit');
    transaction.state = outcome === 'commit' ? 'committed' : 'aborted';
    if (bumps) this.#bump(transaction);
  }

  /** An epoch is an int16: before it ends the producer gets another id. */
  #bump(transaction: Transaction): void {
    transaction.previous = transaction.identity;
    if (transaction.epoch < LAST_EPOCH) {
      transaction.epoch++;
      return;
    }
    transaction.producerId = this.newProducer().producerId;
    transaction.epoch = 0;
  }
}

/** Kafka keeps the last one for fencing. */
const LAST_EPOCH = 32_766;
