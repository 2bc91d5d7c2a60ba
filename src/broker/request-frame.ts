import type { AnyApi } from './api.ts';
import { codecOf } from './wire/codec.ts';
import { MalformedFrame } from './wire/malformed-frame.ts';
import { Reader } from './wire/reader.ts';
import { skipTags } from './wire/tags.ts';
import { Writer } from './wire/writer.ts';

/** API key of ApiVersions, whose headers are an exception. */
const API_VERSIONS = 18;

/** A request as it was read from its frame. */
export interface ReadRequest {
  readonly api: AnyApi;
  readonly version: number;
  /** The client asked for a version of ApiVersions that is not spoken: the answer must be one of version 0. */
  readonly isUnknownVersion: boolean;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: unknown;
}

/**
 * Reads a request: the header (version 1, or 2 with tagged fields), then the body. Throws MalformedFrame, also for an API
 * or a version that is not spoken; of ApiVersions an unknown version is read as an empty request (KIP-511).
 */
export function readRequest(frame: Buffer, apis: ReadonlyMap<number, AnyApi>): ReadRequest {
  const reader = new Reader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const api = apis.get(key);
  if (api === undefined) throw new MalformedFrame(`API ${key} is not spoken.`);
  const [lowest, highest] = api.versions;
  if (version < lowest || version > highest) {
    if (key !== API_VERSIONS) throw new MalformedFrame(`${api.name} ${version} is not spoken.`);
    return { api, version: 0, isUnknownVersion: true, correlationId, clientId: null, body: {} };
  }
  const isFlexible = version >= api.flexibleFrom;
  const length = reader.stringLength(false);
  const clientId = length < 0 ? null : reader.text(length);
  if (isFlexible) skipTags(reader);
  const body = codecOf(api.request, version, isFlexible).decode(reader);
  return { api, version, isUnknownVersion: false, correlationId, clientId, body };
}

/** The answer as the parts of its frame: header version 0, or 1 with tagged fields; that of ApiVersions has always 0. */
export function answerFrame(
  { api, version, correlationId }: ReadRequest,
  answer: unknown,
): Buffer[] {
  const isFlexible = version >= api.flexibleFrom;
  const writer = new Writer();
  writer.int32(correlationId);
  if (isFlexible && api.key !== API_VERSIONS) writer.uvarint(0);
  codecOf(api.response, version, isFlexible).encode(
    writer,
    answer as Readonly<Record<string, never>>,
  );
  return writer.frame();
}
