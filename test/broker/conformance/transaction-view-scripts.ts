import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { describeProducers } from '../../../src/broker/apis/describe-producers.ts';
import { describeTransactions } from '../../../src/broker/apis/describe-transactions.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { listTransactions } from '../../../src/broker/apis/list-transactions.ts';
import { errorName } from '../../../src/broker/errors.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';
import { openTopic } from './record-scripts.ts';
import type { Talk } from './talk.ts';
import { begin, type Producer, settled, write } from './transaction-scripts.ts';

/** A producer with a transactional id, and what it does. */
class Writer {
  readonly id: string;
  readonly #client: BrokerClient;
  readonly #topic: string;
  #producer: Producer = { producerId: -1n, producerEpoch: -1 };
  #sequence = 0;

  constructor(client: BrokerClient, topic: string, id: string) {
    this.#client = client;
    this.#topic = topic;
    this.id = id;
  }

  get producerId(): bigint {
    return this.#producer.producerId;
  }

  async begin(): Promise<void> {
    const { producerId, producerEpoch } = await begin(this.#client, this.id);
    this.#producer = { producerId, producerEpoch };
    this.#sequence = 0;
  }

  async add(partitions: readonly number[]): Promise<void> {
    const topics = [{ name: this.#topic, partitions }];
    const body = { transactionalId: this.id, ...this.#producer, topics };
    await settled(
      () => this.#client.send(addPartitionsToTxn, 3, body),
      (answer) => answer.resultsByTopic[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1,
    );
  }

  async write(): Promise<void> {
    const facts = { attributes: 0x10, baseSequence: this.#sequence, ...this.#producer };
    await write(this.#client, this.#topic, facts, { transactionalId: this.id });
    this.#sequence += 2;
  }

  /** Resolves when it has ended in the partitions too. */
  async end(committed: boolean): Promise<void> {
    const body = { transactionalId: this.id, ...this.#producer, committed };
    await settled(
      () => this.#client.send(endTxn, 3, body),
      (answer) => answer.errorCode,
    );
    await until(async () => {
      const asked = { transactionalIds: [this.id] };
      const { transactionStates } = await this.#client.send(describeTransactions, 0, asked);
      return transactionStates[0]?.transactionState.startsWith('Complete') ?? false;
    });
  }
}

async function writer(talk: Talk, name: string, partitions = 1) {
  const { name: topic, client } = await openTopic(talk, name, partitions);
  return { topic, client, producer: new Writer(client, topic, talk.group(`tx-${name}`)) };
}

export async function describedProducers(talk: Talk): Promise<void> {
  const { topic, client, producer } = await writer(talk, 'producers');
  const note = async (what: string, name = topic, index = 0): Promise<void> => {
    const asked = { topics: [{ name, partitionIndexes: [index] }] };
    const { topics } = await client.send(describeProducers, 0, asked);
    const [part] = topics[0]?.partitions ?? [];
    const producers = part?.activeProducers.map(({ producerId, lastTimestamp, ...others }) => [
      producerId === producer.producerId,
      // That of a marker is the broker's.
      lastTimestamp > 1_750_000_000_000n ? 'now' : lastTimestamp,
      others,
    ]);
    talk.note(what, [errorName(part?.errorCode ?? -1), part?.errorMessage, producers]);
  };
  await note('nobody');
  await note('a topic that is not there', 'g-not-there');
  await note('a partition that is not there', topic, 7);
  await note('a partition below the first', topic, -1);
  await write(client, topic, {});
  await note('without sequence numbers');
  await producer.begin();
  await note('begun');
  await producer.add([0]);
  await note('added');
  await producer.write();
  await note('written');
  await producer.write();
  await note('written again');
  await producer.end(true);
  await note('committed');
  await producer.add([0]);
  await producer.write();
  await note('the next one');
  await producer.end(false);
  await note('aborted');
  await producer.begin();
  await note('begun again');
}

export async function describedTransactions(talk: Talk): Promise<void> {
  const { client, producer } = await writer(talk, 'described', 2);
  const note = async (what: string, transactionalId = producer.id): Promise<void> => {
    const asked = { transactionalIds: [transactionalId] };
    const { transactionStates } = await client.send(describeTransactions, 0, asked);
    const [state] = transactionStates;
    const { transactionStartTimeMs, producerId, topics, producerEpoch, ...others } = state ?? {};
    const began = transactionStartTimeMs ?? 0n;
    talk.note(what, [
      others,
      state?.errorCode === 0 ? producerId === producer.producerId : producerId,
      producerEpoch,
      began > 0n ? 'a time' : began,
      topics?.map((each) => [each.topic, [...each.partitions].sort()]),
    ]);
  };
  await note('nobody');
  await note('without a name', '');
  await producer.begin();
  await note('begun');
  await producer.add([1]);
  await note('added');
  await producer.add([0]);
  await note('both');
  await producer.write();
  await producer.end(true);
  await note('committed');
  await producer.add([0]);
  await note('the next one');
  await producer.end(false);
  await note('aborted');
  await producer.begin();
  await note('begun again');
}

export async function listedTransactions(talk: Talk): Promise<void> {
  const { client, producer } = await writer(talk, 'listed');
  const note = async (what: string, asked: object = {}, version = 2): Promise<void> => {
    const body = { stateFilters: [], producerIdFilters: [], ...asked };
    const answer = await client.send(listTransactions, version, body);
    const states = answer.transactionStates
      .filter(({ transactionalId }) => transactionalId === producer.id)
      .map((state) => [state.transactionState, state.producerId === producer.producerId]);
    talk.note(what, [errorName(answer.errorCode), answer.unknownStateFilters, states]);
  };
  const noteAll = async (when: string): Promise<void> => {
    for (let version = 0; version <= 2; version++)
      await note(`${when}, version ${version}`, {}, version);
    for (const state of ['Empty', 'Ongoing', 'CompleteCommit', 'CompleteAbort']) {
      await note(`${when}, of ${state}`, { stateFilters: [state] });
    }
    await note(`${when}, of its id`, { producerIdFilters: [producer.producerId, 1_000_000n] });
    await note(`${when}, of another id`, { producerIdFilters: [1_000_000n] });
    await note(`${when}, of an hour`, { durationFilter: 3_600_000n });
    await note(`${when}, of 50 years`, { durationFilter: 1_577_836_800_000n });
  };
  await note('nobody');
  await producer.begin();
  await noteAll('begun');
  await producer.add([0]);
  await noteAll('added');
  for (const stateFilters of [
    ['Nonsense'],
    ['Nonsense', 'Ongoing', 'Nonsense'],
    ['ongoing'],
    ['PrepareCommit', 'PrepareAbort', 'PrepareEpochFence', 'Dead'],
  ]) {
    await note(`in the states ${stateFilters}`, { stateFilters });
  }
  for (const transactionalIdPattern of [
    '',
    null,
    producer.id,
    producer.id.slice(0, -1),
    '.*listed',
    'listed',
    'a|.*listed',
    '(',
    '*',
  ]) {
    const shown = transactionalIdPattern?.replace(/g-.*-tx/, '%');
    await note(`like ${shown}`, { transactionalIdPattern });
  }
  await producer.end(true);
  await noteAll('committed');
  await producer.add([0]);
  await producer.end(false);
  await noteAll('aborted');
}
