import type { AnyApi, ErrorAnswer, RequestContext } from './api.ts';
import { APIS } from './apis/index.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ERROR, Refusal } from './errors.ts';
import type { Action, InterceptedRequest, Interceptor } from './interception.ts';
import { answerFrame, type ReadRequest, readRequest } from './request-frame.ts';
import type { RequestEntry } from './request-log.ts';
import { errorFinder } from './wire/error-codes.ts';
import { MalformedFrame } from './wire/malformed-frame.ts';

/** What a request comes to: the parts of a frame to send, nothing, or the end of the connection. */
export type Outcome = readonly Buffer[] | null | 'cut';

const BY_KEY: ReadonlyMap<number, AnyApi> = new Map(APIS.map((api) => [api.key, api]));

const SASL_HANDSHAKE = 17;
/** What a client may ask before it has logged in: SaslHandshake, ApiVersions, SaslAuthenticate. */
const BEFORE_LOGIN: ReadonlySet<number> = new Set([SASL_HANDSHAKE, 18, 36]);

/** A request on its way. */
interface Served {
  readonly read: ReadRequest;
  readonly context: RequestContext;
  readonly entry: RequestEntry;
}

/** Answers one frame of a connection. Throws MalformedFrame, at once or later, when the connection must be closed. */
export function serve(
  frame: Buffer,
  node: ClusterNode,
  connection: ClientConnection,
): Outcome | Promise<Outcome> {
  const { cluster } = node;
  const read = readRequest(frame, BY_KEY);
  checkLogin(read, connection);
  const { api, version, correlationId, clientId } = read;
  const origin = { node: node.id, connection: connection.id, clientId };
  const facts = { ...origin, api: api.name, version, correlationId };
  const entry: RequestEntry = { ...facts, atMs: cluster.clock.now(), errors: null };
  cluster.requests.add(entry);
  const context = { cluster, node, connection, version, clientId, apis: APIS };
  const served = { read, context, entry };
  const { interceptor } = cluster;
  if (interceptor === null) return mapped(answer(served), (body) => framed(served, body));
  return serveIntercepted(served, interceptor, { ...facts, body: read.body });
}

/** Throws MalformedFrame when the client has to log in first, for the first time or anew. */
function checkLogin({ api }: ReadRequest, { sasl }: ClientConnection): void {
  if (sasl === null) return;
  if (!sasl.isAuthenticated && !BEFORE_LOGIN.has(api.key)) {
    throw new MalformedFrame(`${api.name} came before the login.`);
  }
  // Only a handshake begins a new one; Kafka answers nothing else here.
  if (sasl.isExpired && api.key !== SASL_HANDSHAKE) {
    throw new MalformedFrame(`${api.name} came after the login had expired.`);
  }
}

/** The answer's body; null is none. What a handler throws becomes an answer, but for MalformedFrame. */
function answer({ read, context }: Served): unknown {
  if (read.isUnknownVersion) return refused(read, new Refusal('UNSUPPORTED_VERSION'), context);
  const refuse = (reason: unknown): unknown => refused(read, reason, context);
  try {
    const body = read.api.handle(read.body as never, context);
    return body instanceof Promise ? body.catch(refuse) : body;
  } catch (error) {
    return refuse(error);
  }
}

function refused(
  { api, body, version }: ReadRequest,
  reason: unknown,
  context: RequestContext,
): unknown {
  if (reason instanceof MalformedFrame) throw reason;
  if (!(reason instanceof Refusal)) context.cluster.onFault(reason);
  const { code, text } =
    reason instanceof Refusal ? reason : { code: ERROR.UNKNOWN_SERVER_ERROR, text: null };
  const error: ErrorAnswer = { code, text, version };
  return api.refuse(body as never, error);
}

function framed({ read, entry }: Served, body: unknown): Outcome {
  if (body === null) return null;
  const errors: number[] = [];
  errorFinder(read.api.response)(body, errors);
  entry.errors = errors;
  return answerFrame(read, body);
}

async function serveIntercepted(
  served: Served,
  intercept: Interceptor,
  request: InterceptedRequest,
): Promise<Outcome> {
  const before = await intercept(request, 'before');
  if (isFinal(before)) return ended(served, before);
  const body = await answer(served);
  const after = await intercept(request, 'after');
  return isFinal(after) ? ended(served, after) : framed(served, body);
}

type Final = Exclude<Action, 'continue'>;

const isFinal = (action: Action | undefined): action is Final =>
  action !== undefined && action !== 'continue';

function ended(served: Served, action: Final): Outcome {
  if (action === 'drop') return null;
  if (action === 'cut') return 'cut';
  return framed(served, refused(served.read, new Refusal(action.refuse), served.context));
}

/** Without a promise where none is needed: most requests are answered at once. */
function mapped<T>(value: unknown, map: (value: unknown) => T): T | Promise<T> {
  return value instanceof Promise ? value.then(map) : map(value);
}
