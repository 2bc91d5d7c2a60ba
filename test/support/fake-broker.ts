import type { Broker, JoinAnswer } from '../../src/kafka/seam/cluster.ts';
import type { ProtocolRequest, ProtocolResponse } from '../../src/kafka/seam/internals.ts';
import { type Api, type Requests, readRequest } from './fake-wire.ts';

/** A request that the test answers, or lets fail. */
export interface FakeCall<Name extends Api = Api> {
  readonly api: Name;
  readonly version: number;
  readonly body: Requests[Name];
  readonly isAnswered: boolean;
  answer(bytes: Buffer): void;
  fail(cause: Error): void;
}

export type GroupCallName =
  | 'heartbeat'
  | 'joinGroup'
  | 'syncGroup'
  | 'leaveGroup'
  | 'offsetFetch'
  | 'describeGroups'
  | 'fetch';

/** A call of kafkajs's own, at one of its broker objects. */
export interface GroupCall {
  readonly name: GroupCallName;
  readonly request: Record<string, unknown>;
  answer(answer: unknown): void;
  fail(cause: Error): void;
}

/**
 * One broker as kafkajs shows it, without a socket: requests of ours are encoded and read back from their bytes, answers
 * go through the real decoders. The test answers each, or says how to answer at once.
 */
export class FakeBroker implements Broker {
  readonly nodeId: number;
  readonly connectionPool: Broker['connectionPool'];
  /** Versions that it takes, by API; those of old brokers unless a test says so. */
  versions: NonNullable<Broker['versions']> = {};
  /** Requests of ours, in the order they came. */
  readonly calls: FakeCall[] = [];
  readonly groupCalls: GroupCall[] = [];
  /** Answers a request at once; undefined leaves it open. */
  onCall: (call: FakeCall) => Buffer | Error | undefined = () => undefined;
  onGroupCall: (call: GroupCall) => unknown = () => undefined;

  constructor(nodeId: number) {
    this.nodeId = nodeId;
    this.connectionPool = {
      host: `host-${nodeId}`,
      port: 9092,
      send: ({ request, response }) => this.#send(request, response),
    };
  }

  /** All requests of one API so far. */
  of<Name extends Api>(api: Name): FakeCall<Name>[] {
    return this.calls.filter((call): call is FakeCall<Name> => call.api === api);
  }

  /** The one request of that API that waits for an answer; throws when it isn't exactly one. */
  open<Name extends Api>(api: Name): FakeCall<Name> {
    const open = this.of(api).filter(({ isAnswered }) => !isAnswered);
    const [call] = open;
    if (call && open.length === 1) return call;
    throw new Error(`${open.length} open ${api} requests at broker ${this.nodeId}, not one`);
  }

  groupCallsOf(name: GroupCallName): GroupCall[] {
    return this.groupCalls.filter((call) => call.name === name);
  }

  /** As kafkajs's; what a request becomes by it is what the test sees. */
  lookupRequest(): (input: Record<string, unknown>) => unknown {
    return (input) => input;
  }

  heartbeat(request: Record<string, unknown>): Promise<unknown> {
    return groupCall(this, 'heartbeat', request);
  }
  joinGroup(request: Record<string, unknown>): Promise<JoinAnswer> {
    return groupCall(this, 'joinGroup', request) as Promise<JoinAnswer>;
  }
  syncGroup(request: Record<string, unknown>): Promise<unknown> {
    return groupCall(this, 'syncGroup', request);
  }
  leaveGroup(request: Record<string, unknown>): Promise<unknown> {
    return groupCall(this, 'leaveGroup', request);
  }
  offsetFetch(request: Record<string, unknown>): Promise<unknown> {
    return groupCall(this, 'offsetFetch', request);
  }
  describeGroups(request: Record<string, unknown>): ReturnType<Broker['describeGroups']> {
    return groupCall(this, 'describeGroups', request) as ReturnType<Broker['describeGroups']>;
  }
  fetch(request: Record<string, unknown>): Promise<unknown> {
    return groupCall(this, 'fetch', request);
  }

  async #send<Answer>(
    request: ProtocolRequest,
    response: ProtocolResponse<Answer>,
  ): Promise<Answer> {
    const { buffer } = (await request.encode()) as { buffer: Buffer };
    const api = request.apiName as Api;
    const reply = settleable<Buffer>();
    const call: FakeCall = {
      api,
      version: request.apiVersion,
      body: readRequest(api, buffer),
      get isAnswered() {
        return reply.isSettled;
      },
      answer: reply.answer,
      fail: reply.fail,
    };
    this.calls.push(call);
    const answer = this.onCall(call);
    if (answer instanceof Error) call.fail(answer);
    else if (answer) call.answer(answer);
    return response.parse(await response.decode(await reply.promise));
  }
}

/** The broker may be one that was derived from a fake, which reads no private members. */
function groupCall(
  broker: FakeBroker,
  name: GroupCallName,
  input: Record<string, unknown>,
): Promise<unknown> {
  const { promise, answer, fail } = settleable<unknown>();
  const request = broker.lookupRequest()(input) as Record<string, unknown>;
  const call = { name, request, answer, fail };
  broker.groupCalls.push(call);
  const given = broker.onGroupCall(call);
  if (given instanceof Error) fail(given);
  else if (given !== undefined) answer(given);
  return promise;
}

/** Lets everything happen that needs no timer and no input. */
export async function turn(): Promise<void> {
  // What is put off to the next turn of the loop happens too, and what follows from it.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise and what settles it. */
export function settleable<Value>(): {
  readonly promise: Promise<Value>;
  readonly isSettled: boolean;
  answer(value: Value): void;
  fail(cause: Error): void;
} {
  let isSettled = false;
  let resolve: (value: Value) => void = () => {};
  let reject: (cause: Error) => void = () => {};
  const promise = new Promise<Value>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  return {
    promise,
    get isSettled() {
      return isSettled;
    },
    answer: (value) => {
      isSettled = true;
      resolve(value);
    },
    fail: (cause) => {
      isSettled = true;
      reject(cause);
    },
  };
}
