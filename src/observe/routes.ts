import type { IncomingMessage } from 'node:http';
import { EXPOSITION_TYPE } from './exposition.ts';
import type { Health, Probe } from './health.ts';

/** What a path answers. Paths are compared as a whole. */
export interface Route {
  readonly path: string;
  /** GET stands for HEAD too. */
  readonly method: 'GET' | 'POST';
  readonly answer: (request: IncomingMessage) => Answer | Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The route table. `metrics`: null when there are to be none; `status`: the body of /api/v1/status. */
export function routesOf(
  health: Pick<Health, 'report'>,
  metrics: (() => string) | null,
  status: () => object,
): readonly Route[] {
  const probes = PROBES.map((probe): Route => {
    const answer = (): Answer => {
      const report = health.report(probe);
      return json(report.status === 'ok' ? 200 : 503, report);
    };
    return { path: `/healthz/${probe}`, method: 'GET', answer };
  });
  const api: Route = {
    path: '/api/v1/status',
    method: 'GET',
    answer: () => json(200, status()),
  };
  if (!metrics) return [...probes, api];
  const answer = (): Answer => ({ status: 200, type: EXPOSITION_TYPE, body: metrics() });
  return [...probes, api, { path: '/metrics', method: 'GET', answer }];
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(body)}\n`,
});

const PROBES: readonly Probe[] = ['live', 'ready', 'startup'];
