import type { SourceConfig } from '../contract/config.ts';
import { fetch13 } from './fetch-13.ts';
import { type Ask, requestOf } from './fetch-ask.ts';
import { type FetchAnswer, fetchResponse } from './fetch-response.ts';
import type { Broker } from './seam/cluster.ts';
import { fetchRequest, type ProtocolRequest, type ProtocolResponse } from './seam/internals.ts';
import { speaks } from './topic-ids.ts';

/** A fetch of these partitions, by the ids of their topics where the broker and we know them. */
export function fetchCall(
  broker: Broker,
  source: SourceConfig,
  asks: readonly Ask[],
  isHeldBack: boolean,
): { readonly request: ProtocolRequest; readonly response: ProtocolResponse<FetchAnswer> } {
  if (speaks(broker, 1, 13) && asks.every(({ held }) => held.topicId !== '')) {
    return fetch13(source, asks, isHeldBack);
  }
  return {
    request: fetchRequest(requestOf(source, asks, isHeldBack)),
    response: fetchResponse,
  };
}
