import assert from 'node:assert/strict';
import type { Answer, Api, RequestContext } from '../../src/broker/api.ts';
import { Refusal } from '../../src/broker/errors.ts';
import { codecOf } from '../../src/broker/wire/codec.ts';
import { Reader } from '../../src/broker/wire/reader.ts';
import type { Decoded, Encoded, Schema } from '../../src/broker/wire/schema.ts';
import { Writer } from '../../src/broker/wire/writer.ts';

/** Asks the handlers themselves, by the bytes of requests and answers as a connection does, but without one. */
export class DirectClient {
  readonly #context: Omit<RequestContext, 'version'>;

  /** `context` has at least what the handlers that are asked use of it. */
  constructor(context: Partial<Omit<RequestContext, 'version'>>) {
    this.#context = { clientId: 'client', ...context } as Omit<RequestContext, 'version'>;
  }

  async send<Q extends Schema, R extends Schema>(
    api: Api<Q, R>,
    version: number,
    body: Encoded<Q>,
  ): Promise<Decoded<R>> {
    const isFlexible = version >= api.flexibleFrom;
    const request: Decoded<Q> = carried(api.request, version, isFlexible, body);
    const answer = await this.#handle(api, version, request);
    assert.notEqual(answer, null);
    return carried(api.response, version, isFlexible, answer as Encoded<R>);
  }

  async #handle<Q extends Schema, R extends Schema>(
    api: Api<Q, R>,
    version: number,
    request: Decoded<Q>,
  ): Promise<Answer<R>> {
    try {
      return await api.handle(request, { ...this.#context, version });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return api.refuse(request, { code: error.code, text: error.text, version });
    }
  }
}

/** A message as it arrives at the other side. */
function carried<S extends Schema>(
  schema: S,
  version: number,
  isFlexible: boolean,
  message: Encoded<S>,
): Decoded<S> {
  const codec = codecOf(schema, version, isFlexible);
  const writer = new Writer();
  codec.encode(writer, message);
  const reader = new Reader(writer.body());
  const decoded = codec.decode(reader);
  assert.equal(reader.left, 0);
  return decoded;
}
