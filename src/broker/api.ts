import type { ClientConnection } from './client-connection.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { Decoded, Encoded, Schema } from './wire/schema.ts';

/**
 * One API of the protocol: its number, the versions that are spoken, the layout of its messages, and what it does. Each
 * stands in a file of `apis`; `apis/index.ts` lists them. The layouts are Kafka's own message definitions (4.1).
 */
export interface Api<Q extends Schema, R extends Schema> {
  readonly key: number;
  readonly name: string;
  /** Lowest and highest version that are spoken. */
  readonly versions: readonly [lowest: number, highest: number];
  /** Lowest version that clients are told of, where that is below the lowest one that is spoken. */
  readonly toldFrom?: number;
  /** First version with compact lengths and tagged fields (KIP-482); Infinity if there is none. */
  readonly flexibleFrom: number;
  readonly request: Q;
  readonly response: R;
  /**
   * Does what the request asks. A handler that waits does so with `waitFor`, or on a promise that it settles when
   * `context.connection` closes; requests behind it on the connection wait with it. null sends no answer at all. Throws
   * Refusal to refuse the whole request, MalformedFrame to close the connection.
   */
  handle(request: Decoded<Q>, context: RequestContext): Answer<R> | Promise<Answer<R>>;
  /** The answer that refuses the whole request with an error code: in the place, or all the places, that Kafka uses. */
  refuse(request: Decoded<Q>, error: ErrorAnswer): Answer<R>;
}

export type Answer<R extends Schema> = Encoded<R> | null;

/** Any API, as those see it who know no more than its schemas. */
export interface AnyApi extends Pick<Api<Schema, Schema>, ApiFacts> {
  handle(request: never, context: RequestContext): unknown;
  refuse(request: never, error: ErrorAnswer): unknown;
}
type ApiFacts = 'key' | 'name' | 'versions' | 'toldFrom' | 'flexibleFrom' | 'request' | 'response';

/** What an error answer says. */
export interface ErrorAnswer {
  readonly code: number;
  readonly text: string | null;
  readonly version: number;
}

/** Where a request came in. */
export interface RequestContext {
  readonly cluster: Cluster;
  /** The node whose port it came in by. */
  readonly node: ClusterNode;
  readonly connection: ClientConnection;
  readonly version: number;
  readonly clientId: string | null;
  /** All that the node speaks, in the order of their keys. */
  readonly apis: readonly AnyApi[];
}
