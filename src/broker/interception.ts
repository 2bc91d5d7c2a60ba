import type { ErrorName } from './errors.ts';

/** A request as an interceptor sees it. */
export interface InterceptedRequest {
  /** Id of the node that it came to. */
  readonly node: number;
  /** Number of the connection, unique in its cluster. */
  readonly connection: number;
  readonly clientId: string | null;
  /** Kafka's name of the API. */
  readonly api: string;
  readonly version: number;
  readonly correlationId: number;
  /** The decoded request; its layout is the API's schema. */
  readonly body: unknown;
}

/**
 * What becomes of a request: it goes on; it is never answered, and those behind it are; its connection is cut; it is answered
 * with an error. Before the effect the last three keep it from happening.
 */
export type Action = 'continue' | 'drop' | 'cut' | { readonly refuse: ErrorName };

/**
 * Asked twice for each request: before it has an effect, and after that, before the answer goes out. undefined is 'continue';
 * a promise delays the request, and all that are behind it on the connection.
 */
export type Interceptor = (
  request: InterceptedRequest,
  moment: 'before' | 'after',
) => Action | undefined | Promise<Action | undefined>;
