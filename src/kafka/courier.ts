import type { Compression } from '../contract/config.ts';
import { type Client, dropBroker } from './client.ts';
import { type Outbox, type Parcel, takeBatch } from './outbox.ts';
import { produceAction } from './produce-errors.ts';
import { produceRequest, produceResponse } from './produce-request.ts';
import { encodeBatch } from './records/encode-batch.ts';
import type { Broker, Cluster } from './seam/cluster.ts';
import { errorFromCode } from './seam/internals.ts';

export interface CourierOptions {
  readonly client: Client;
  readonly cluster: Cluster;
  readonly acks: 'all' | 'leader';
  readonly compression: Compression;
  /** These parcels of an outbox did not arrive and are to be sent again, before all others of it. */
  again(outbox: Outbox, parcels: readonly Parcel[]): void;
  /** The batch of the outbox that was on its way is dealt with. */
  done(outbox: Outbox): void;
}

/** A batch on its way. */
interface Shipment {
  readonly outbox: Outbox;
  readonly parcels: readonly Parcel[];
  readonly batch: Uint8Array;
}

/**
 * Takes batches to one broker: one request at a time, which carries a batch of each partition that has something. What comes meanwhile
 * goes with the next one.
 */
export class Courier {
  readonly #leader: number;
  readonly #options: CourierOptions;
  readonly #ready: Outbox[] = [];
  #isRunning = false;

  constructor(leader: number, options: CourierOptions) {
    this.#leader = leader;
    this.#options = options;
  }

  /** Sends a batch of the outbox with the next request; `done` says when that is over. */
  post(outbox: Outbox): void {
    this.#ready.push(outbox);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Records that come in one turn of the loop, for several partitions, go in one request.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#ready.length > 0) {
      const shipments = await this.#load();
      if (shipments.length > 0) await this.#ship(shipments);
      for (const { outbox } of shipments) this.#options.done(outbox);
    }
    this.#isRunning = false;
  }

  /** A batch of each outbox that waits, as far as they fit in a request. */
  async #load(): Promise<Shipment[]> {
    const shipments: Shipment[] = [];
    let bytes = 0;
    while (bytes < REQUEST_BYTES) {
      const outbox = this.#ready.shift();
      if (!outbox) break;
      const parcels = takeBatch(outbox);
      const batch = parcels.length === 0 ? null : await this.#encode(outbox, parcels);
      if (batch) shipments.push({ outbox, parcels, batch });
      else this.#options.done(outbox);
      bytes += batch?.byteLength ?? 0;
    }
    return shipments;
  }

  /** The parcels as one batch; null when they can't be written, which no waiting mends. */
  async #encode(outbox: Outbox, parcels: readonly Parcel[]): Promise<Uint8Array | null> {
    try {
      const records = parcels.map(({ record }) => record);
      const { compression } = this.#options;
      return await encodeBatch(records, { compression, nowMs: Date.now() });
    } catch (cause) {
      this.#refuse(outbox, parcels, cause as Error);
      return null;
    }
  }

  async #ship(shipments: readonly Shipment[]): Promise<void> {
    const { client, cluster } = this.#options;
    let broker: Broker | undefined;
    try {
      broker = await cluster.findBroker({ nodeId: this.#leader });
      const codes = await this.#request(broker, shipments);
      let isMoved = false;
      for (const [i, shipment] of shipments.entries()) {
        if (this.#settle(shipment, codes[i] as number)) isMoved = true;
      }
      if (isMoved) await this.#refresh();
    } catch (cause) {
      if (broker) dropBroker(client, cluster, broker, cause);
      await this.#refresh();
      for (const { outbox, parcels } of shipments) this.#options.again(outbox, parcels);
    }
  }

  /** For each shipment the error code of its partition; 0 when the broker has the records. */
  async #request(broker: Broker, shipments: readonly Shipment[]): Promise<number[]> {
    const { codes } = await broker.connectionPool.send({
      request: produceRequest({
        acks: this.#options.acks === 'all' ? -1 : 1,
        timeoutMs: 10_000,
        batches: shipments.map(({ outbox: { topic, partition }, batch }) => ({
          topic,
          partition,
          batch,
        })),
      }),
      response: produceResponse,
      logResponseError: false,
    });
    return shipments.map(({ outbox: { topic, partition } }) => {
      const code = codes.get(topic)?.get(partition);
      if (code === undefined) throw new Error(`The answer lacks ${topic}/${partition}.`);
      return code;
    });
  }

  /** Returns whether the leader may have moved. */
  #settle({ outbox, parcels }: Shipment, code: number): boolean {
    if (code === 0) {
      for (const parcel of parcels) parcel.resolve();
      return false;
    }
    const action = produceAction(code);
    if (action === 'refuse') this.#refuse(outbox, parcels, errorFromCode(code));
    else this.#options.again(outbox, parcels);
    return action === 'refresh';
  }

  /** Where only one of several may be to blame, each goes by itself now, in the same order. */
  #refuse(outbox: Outbox, parcels: readonly Parcel[], cause: Error): void {
    if (parcels.length === 1) {
      parcels[0]?.reject(cause);
      return;
    }
    this.#options.again(outbox, parcels);
    outbox.single = parcels.length;
  }

  async #refresh(): Promise<void> {
    await this.#options.cluster.refreshMetadata().catch(() => {
      // The next attempt finds the leader, or asks again.
    });
  }
}

/** A request is sent off when it has so many bytes; batches are half a MiB at most. */
const REQUEST_BYTES = 2 * 2 ** 20;
