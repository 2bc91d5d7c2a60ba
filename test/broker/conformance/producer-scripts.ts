import { addOffsetsToTxn } from '../../../src/broker/apis/add-offsets-to-txn.ts';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { deleteRecords } from '../../../src/broker/apis/delete-records.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { listOffsets } from '../../../src/broker/apis/list-offsets.ts';
import { txnOffsetCommit } from '../../../src/broker/apis/txn-offset-commit.ts';
import { errorName } from '../../../src/broker/errors.ts';
import type { BatchFacts } from '../../support/broker-batches.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { until } from '../../support/until.ts';
import { openTopic } from './record-scripts.ts';
import type { Talk } from './talk.ts';
import { begin, type Producer, settled, write } from './transaction-scripts.ts';

/** A transactional producer with a topic of its own. Ids are noted as whether they are its first one. */
class Transactor {
  readonly id: string;
  readonly #talk: Talk;
  readonly #client: BrokerClient;
  readonly #topic: string;
  readonly #firstId: bigint;
  now: Producer;

  static async open(talk: Talk, name: string, partitions = 1): Promise<Transactor> {
    const { name: topic, client } = await openTopic(talk, name, partitions);
    const id = talk.group(`tx-${name}`);
    return new Transactor(talk, client, topic, id, await begin(client, id));
  }

  constructor(talk: Talk, client: BrokerClient, topic: string, id: string, first: Producer) {
    this.#talk = talk;
    this.#client = client;
    this.#topic = topic;
    this.id = id;
    this.#firstId = first.producerId;
    this.now = pick(first);
  }

  #note(what: string, errorCode: number, given?: Producer): void {
    const isSame = given?.producerId === this.#firstId;
    this.#talk.note(what, [errorName(errorCode), given && [isSame, given.producerEpoch]]);
  }

  /** Begins again, and is from then on what it is told to be when `keeps`. */
  async begin(what: string, claim: object, keeps = false, id: string | null = this.id) {
    const answer = await begin(this.#client, id, claim);
    this.#note(`begin ${what}`, answer.errorCode, answer);
    if (keeps) this.now = pick(answer);
  }

  async add(what: string, facts: object = {}) {
    const topics = [{ name: this.#topic, partitions: [0] }];
    const body = { transactionalId: this.id, ...this.now, topics, ...facts };
    const codeOf = (answer: Awaited<ReturnType<typeof ask>>): number =>
      answer.resultsByTopic[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1;
    const ask = () => this.#client.send(addPartitionsToTxn, 3, body);
    this.#note(`add ${what}`, codeOf(await settled(ask, codeOf)));
  }

  /** Adds or verifies as brokers do. */
  async batched(what: string, version: number, partitions: number[], facts: object) {
    const topics = [{ name: this.#topic, partitions }];
    const transactions = [{ transactionalId: this.id, ...this.now, topics, ...facts }];
    const resultsIn = (answer: Awaited<ReturnType<typeof ask>>) =>
      answer.resultsByTransaction[0]?.topicResults[0]?.resultsByPartition ?? [];
    const ask = () => this.#client.send(addPartitionsToTxn, version, { transactions });
    const answer = await settled(ask, (each) => resultsIn(each)[0]?.partitionErrorCode ?? -1);
    const results = [...resultsIn(answer)].sort((a, b) => a.partitionIndex - b.partitionIndex);
    const names = results.map(({ partitionErrorCode }) => errorName(partitionErrorCode));
    this.#talk.note(`${what} ${version}`, names);
  }

  async write(
    what: string,
    baseSequence: number,
    facts: BatchFacts = {},
    terms: { version?: number; transactionalId?: string | null } = {},
  ) {
    const batch = { attributes: 0x10, baseSequence, ...this.now, ...facts };
    const sent = { transactionalId: this.id, ...terms };
    this.#talk.note(`write ${what}`, await write(this.#client, this.#topic, batch, sent));
  }

  /** Waits until the markers are written, where there is one to wait for. */
  async end(what: string, committed: boolean, version: number, facts: object = {}) {
    const body = { transactionalId: this.id, ...this.now, committed, ...facts };
    const ask = () => this.#client.send(endTxn, version, body);
    const answer = await settled(ask, ({ errorCode }) => errorCode);
    this.#note(`end ${what}`, answer.errorCode, version >= BUMPS_FROM ? answer : undefined);
    await until(async () => (await this.#end(0)) === (await this.#end(1)));
    return pick(answer);
  }

  async addOffsets(what: string, facts: object = {}) {
    const body = { transactionalId: this.id, ...this.now, groupId: this.id, ...facts };
    const ask = () => this.#client.send(addOffsetsToTxn, 3, body);
    const { errorCode } = await settled(ask, (answer) => answer.errorCode);
    this.#note(`add offsets ${what}`, errorCode);
  }

  async commit(what: string, version: number, facts: object = {}) {
    const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }];
    const topics = [{ name: this.#topic, partitions }];
    const body = { transactionalId: this.id, ...this.now, groupId: this.id, topics, ...facts };
    const codeOf = (answer: Awaited<ReturnType<typeof ask>>): number =>
      answer.topics[0]?.partitions[0]?.errorCode ?? -1;
    const ask = () => this.#client.send(txnOffsetCommit, version, body);
    this.#note(`commit offsets ${what} ${version}`, codeOf(await settled(ask, codeOf)));
  }

  async delete(what: string, offset: bigint) {
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: 0, offset }] }];
    await this.#client.send(deleteRecords, 2, { topics, timeoutMs: 1000 });
    this.#talk.note(what, [await this.#end(0), await this.#end(1)]);
  }

  /** End of the log for a reader of all records, or of committed ones. */
  async #end(isolationLevel: number): Promise<bigint | undefined> {
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }];
    const answer = await this.#client.send(listOffsets, 7, { isolationLevel, topics });
    return answer.topics[0]?.partitions[0]?.offset;
  }
}

/** First version of EndTxn that gives the producer a new epoch. */
const BUMPS_FROM = 5;

const pick = ({ producerId, producerEpoch }: Producer): Producer => ({ producerId, producerEpoch });

export async function claims(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'claims');
  const first = producer.now;
  await producer.begin('with an id alone', { producerId: first.producerId });
  await producer.begin('with an epoch alone', { producerEpoch: 0 });
  await producer.begin('without transactions', first, false, null);
  for (const what of ['with a claim', 'with it again']) await producer.begin(what, first, true);
  await producer.begin('with what it was given', producer.now, true);
  await producer.begin('with what was before that', first);
  await producer.begin('without a claim', {}, true);
  const before = producer.now.producerEpoch - 1;
  await producer.begin('with what the other had', { ...producer.now, producerEpoch: before });
  await producer.add('before a claim');
  await producer.write('before a claim', 0);
  await producer.begin('with a claim while it is open', producer.now, true);
  await producer.add('before an old claim');
  await producer.begin('with an old claim while it is open', first);
  await producer.begin('with what it had when it was open', producer.now, true);
  await producer.add('before the end');
  await producer.begin('without a claim while it is open', {}, true);
}

export async function unnamed(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'unnamed');
  const nobody = { transactionalId: '' };
  await producer.add('without a name', nobody);
  await producer.end('without a name', true, 3, nobody);
  await producer.addOffsets('without a name', nobody);
  await producer.commit('without a name', 3, nobody);
  await producer.batched('added without a name', 4, [0], nobody);
  await producer.write('without a name', 0, {}, nobody);
}

export async function verified(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'verified', 2);
  const verifyOnly = true;
  for (const version of [4, 5]) {
    await producer.batched('verified before', version, [0, 1], { verifyOnly });
    await producer.batched('added', version, [0], {});
    await producer.batched('verified', version, [0, 1], { verifyOnly });
    await producer.batched('not there', version, [0, 9], { verifyOnly });
    await producer.batched('of another epoch', version, [0], { verifyOnly, producerEpoch: 7 });
    await producer.batched('of nobody', version, [0], { verifyOnly, transactionalId: 'g-nobody' });
    await producer.end('to commit', true, 3);
    await producer.batched('verified after', version, [0], { verifyOnly });
  }
}

export async function writes(talk: Talk): Promise<void> {
  for (const version of [3, 10, 11, 12]) {
    const producer = await Transactor.open(talk, `writes-${version}`);
    await producer.write('of nobody', 0, {}, { version, transactionalId: 'g-nobody' });
    await producer.write('of another epoch', 0, { producerEpoch: 7 }, { version });
    await producer.write('that was not added', 0, {}, { version });
    await producer.add('the partition');
    await producer.write('that is added', version >= 12 ? 2 : 0, {}, { version });
    const beside = version >= 12 ? 4 : 2;
    await producer.write('beside it', beside, { attributes: 0 }, { version });
    const transactionalId = null;
    await producer.write('far from it', beside, { attributes: 0 }, { version, transactionalId });
    await producer.end('to abort', false, 3);
    await producer.write('beside the next', beside, { attributes: 0 }, { version });
    await producer.write('after the end', beside + 2, {}, { version });
  }
}

export async function epochs(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'epochs');
  const version = 12;
  await producer.end('to commit nothing', true, 5);
  const aborted = await producer.end('to abort nothing', false, 5);
  await producer.end('to abort nothing again', false, 5);
  producer.now = aborted;
  for (const committed of [true, false]) {
    const before = producer.now;
    await producer.write('what is ended', 0, {}, { version });
    const next = await producer.end('it', committed, 5);
    await producer.end('it again', committed, 5);
    await producer.end('it otherwise', !committed, 5);
    await producer.end('it as of old', committed, 3);
    producer.now = next;
    await producer.end('to commit with nothing', true, 5);
    await producer.write('of the epoch before', 2, before, { version });
    await producer.write('in the middle', 2, {}, { version });
  }
  producer.now = await producer.end('to abort with nothing', false, 5);
  await producer.commit('that open it', 5);
  producer.now = await producer.end('the offsets', true, 5);
  await producer.write('to be ended as of old', 0, {}, { version });
  for (const what of ['as of old', 'as of old again']) await producer.end(what, true, 3);
  await producer.add('as of old');
  await producer.write('as of old', 2);
  await producer.end('it as is new', true, 5);
}

export async function afterFence(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'fence');
  await producer.add('what is fenced');
  await producer.write('what is fenced', 0);
  const before = producer.now;
  await producer.begin('that fences', {}, true);
  await producer.add('after the fence');
  await producer.write('in the middle', 5);
  await producer.write('as it would go on', 2);
  await producer.write('from the start', 0);
  await producer.write('of the one before', 2, before);
  await producer.end('to commit', true, 3);
  await producer.add('the next');
  await producer.write('as it goes on', 2);
  await producer.write('what was committed before', 0);
}

export async function groups(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'groups');
  for (const version of [3, 4]) await producer.commit('of nothing that is open', version);
  await producer.add('a partition');
  for (const version of [3, 4]) await producer.commit('of a group that was not added', version);
  await producer.addOffsets('of the group');
  for (const version of [3, 4]) await producer.commit('of the group', version);
  await producer.commit('of no group', 3, { groupId: '' });
  await producer.commit('of another epoch', 3, { producerEpoch: 7 });
  await producer.end('to commit', true, 3);
  await producer.commit('after the end', 3);
}

export async function deletes(talk: Talk): Promise<void> {
  const producer = await Transactor.open(talk, 'deletes');
  await producer.add('a partition');
  for (const sequence of [0, 2, 4]) await producer.write('records', sequence);
  await producer.delete('after some are deleted', 2n);
  await producer.delete('after all are deleted', -1n);
  await producer.write('more', 6);
  await producer.delete('after more is written', 6n);
  await producer.end('to abort', false, 3);
}
