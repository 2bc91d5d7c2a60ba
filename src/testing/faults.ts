import { APIS } from '../broker/apis/index.ts';
import type { EmbeddedBroker } from '../broker/broker.ts';
import { ERROR, type ErrorName } from '../broker/errors.ts';
import type { Action, InterceptedRequest, Interceptor } from '../broker/interception.ts';

/** Which requests of an API a fault is for; what is not given is any. */
export interface FaultScope {
  readonly clientId?: string;
  /** Number of the connection, as in `broker.requests`. */
  readonly connection?: number;
  /** Id of the broker that they come to. */
  readonly node?: number;
  /** For how many of them it is there. */
  readonly times?: number;
}

/** A fault that was asked for. */
export interface Fault {
  /** Requests that it has met. */
  readonly met: number;
  /** Resolves when it meets a request, or has met one. Never rejects. */
  readonly first: Promise<InterceptedRequest>;
  /** It meets no further request. */
  end(): void;
}

/** Requests that are held. */
export interface Hold extends Fault {
  /** Lets all that are held go on, in their order, and holds no further one. */
  release(): void;
}

type Moment = Parameters<Interceptor>[1];
type React = () => Action | Promise<Action>;

/**
 * Faults of a broker by the names of the requests that they hit, on top of `broker.intercept`, whose place they take: a test uses one or the other.
 * The first fault that is for a request has it to itself; faults are looked at in the order in which they were asked for.
 */
export class Faults {
  readonly #broker: EmbeddedBroker;
  #rules: Rule[] = [];

  constructor(broker: EmbeddedBroker) {
    this.#broker = broker;
    broker.intercept((request, moment) => this.#meet(request, moment));
  }

  /** Answers the next request (or `times`) with an error, before it has an effect. */
  failNext(api: string, error: ErrorName, scope: FaultScope = {}): Fault {
    if (ERROR[error] === undefined || error === 'NONE') {
      throw new RangeError(
        `'${error}' is no error of the protocol; use a name such as 'NOT_COORDINATOR'.`,
      );
    }
    return this.#add(api, 'before', { times: 1, ...scope }, () => ({ refuse: error }));
  }

  /** Ends the connection of the next request (or `times`): before it has an effect, or after that and instead of the answer. */
  cut(api: string, moment: Moment, scope: FaultScope = {}): Fault {
    if (moment !== 'before' && moment !== 'after') {
      throw new RangeError(`A connection is cut 'before' or 'after' the effect, not '${moment}'.`);
    }
    return this.#add(api, moment, { times: 1, ...scope }, () => 'cut');
  }

  /** Has all requests (or `times`) wait before their effect, and all behind them on their connections, until they are released. */
  hold(api: string, scope: FaultScope = {}): Hold {
    let open = (): void => {};
    const gate = new Promise<Action>((resolve) => {
      open = () => resolve('continue');
    });
    const fault = this.#add(api, 'before', scope, () => gate);
    return Object.assign(fault, {
      release(): void {
        fault.end();
        open();
      },
    });
  }

  /** Has all requests (or `times`) wait before their effect, for so long on the broker's clock, and all behind them on their connections. */
  delay(api: string, ms: number, scope: FaultScope = {}): Fault {
    if (!(ms >= 0)) throw new RangeError(`A request can't be delayed by ${ms} ms; use 0 or more.`);
    const { clock } = this.#broker;
    const wait = (): Promise<Action> =>
      new Promise((resolve) => clock.after(ms, () => resolve('continue')));
    return this.#add(api, 'before', scope, wait);
  }

  /** Ends all faults; what is held stays so. */
  clear(): void {
    this.#rules = [];
  }

  #add(api: string, moment: Moment, scope: FaultScope, react: React): Rule {
    checkApi(api);
    checkTimes(scope.times);
    const rule = new Rule(api, moment, scope, react);
    this.#rules.push(rule);
    return rule;
  }

  #meet(request: InterceptedRequest, moment: Moment): Action | Promise<Action> {
    const rule = this.#rules.find((each) => each.isFor(request, moment));
    return rule === undefined ? 'continue' : rule.meet(request);
  }
}

/** One fault, and what is left of it. */
class Rule implements Fault {
  readonly first: Promise<InterceptedRequest>;
  met = 0;
  readonly #api: string;
  readonly #moment: Moment;
  readonly #scope: FaultScope;
  readonly #react: React;
  #left: number;
  #tell: (request: InterceptedRequest) => void = () => {};

  constructor(api: string, moment: Moment, scope: FaultScope, react: React) {
    this.#api = api;
    this.#moment = moment;
    this.#scope = scope;
    this.#react = react;
    this.#left = scope.times ?? Number.POSITIVE_INFINITY;
    this.first = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  isFor(request: InterceptedRequest, moment: Moment): boolean {
    const { clientId, connection, node } = this.#scope;
    return (
      this.#left > 0 &&
      moment === this.#moment &&
      request.api === this.#api &&
      (clientId === undefined || clientId === request.clientId) &&
      (connection === undefined || connection === request.connection) &&
      (node === undefined || node === request.node)
    );
  }

  meet(request: InterceptedRequest): Action | Promise<Action> {
    this.#left--;
    this.met++;
    this.#tell(request);
    return this.#react();
  }

  end(): void {
    this.#left = 0;
  }
}

function checkApi(api: string): void {
  const names = APIS.map(({ name }) => name);
  if (names.includes(api)) return;
  throw new RangeError(`The broker speaks no API '${api}'; it speaks ${names.join(', ')}.`);
}

function checkTimes(times: number | undefined): void {
  if (times === undefined || (Number.isInteger(times) && times > 0)) return;
  throw new RangeError(`A fault can't be there ${times} times; use a whole number from 1 on.`);
}
