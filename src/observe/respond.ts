import type { IncomingMessage, ServerResponse } from 'node:http';
import { reportError } from '../contract/errors.ts';
import type { Log } from './log.ts';
import { type Answer, json, type Route } from './routes.ts';

/** Answers a request from the route table. Never rejects: what goes wrong in a route is a 500 and a line in the log. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  log: Pick<Log, 'error'>,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  const found = routes.filter((route) => route.path === path);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = found.find((each) => each.method === method);
  // The body of such a request isn't read, so the connection can't be used for another one.
  if (method !== 'GET') response.setHeader('connection', 'close');
  if (route) send(response, await answerOf(route, request, log));
  else if (found.length === 0) send(response, json(404, { error: 'not found' }));
  else {
    response.setHeader('allow', found.map(allowed).join(', '));
    send(response, json(405, { error: 'method not allowed' }));
  }
}

async function answerOf(
  route: Route,
  request: IncomingMessage,
  log: Pick<Log, 'error'>,
): Promise<Answer> {
  try {
    return await route.answer(request);
  } catch (cause) {
    log.error('http request failed', { path: route.path, error: reportError(cause) });
    return json(500, { error: 'internal error' });
  }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

const allowed = ({ method }: Route): string => (method === 'GET' ? 'GET, HEAD' : method);
