import { createRequire } from 'node:module';
import { EXIT, MillraceError } from '../../contract/errors.ts';

/**
 * The parts of kafkajs that are not its public API and that we rely on: request encoders, response decoders, the error
 * table. kafkajs is frozen code (its last release is 2.2.4), so they are safe under an exact version, which is checked
 * here. Everything that reaches into kafkajs stands in this folder.
 */
const require = createRequire(import.meta.url);
const VERSION = '2.2.4';

/** Throws MR901 when another version of kafkajs than the pinned one is installed. */
export function checkVersion(): void {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version === VERSION) return;
  throw new MillraceError(
    'MR901',
    `kafkajs ${version} is installed; Millrace works with exactly ${VERSION}. Run "npm ls kafkajs" to see what asks for another version.`,
    { exit: EXIT.bug },
  );
}

/** A request as kafkajs's connections send it. */
export interface ProtocolRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  encode(): Promise<unknown>;
  expectResponse?(): boolean;
}

/** How an answer is read. `clientSideThrottleTime` of the decoded answer delays the next request of the connection. */
export interface ProtocolResponse<Answer> {
  decode(payload: Buffer): Promise<Answer>;
  parse(decoded: Answer): Promise<Answer>;
}

type RequestMaker = (input: Record<string, unknown>) => ProtocolRequest;

const requestOf = (api: string, version: number): RequestMaker =>
  require(`kafkajs/src/protocol/requests/${api}/v${version}/request`) as RequestMaker;

/** Decodes as kafkajs does, but leaves the error codes per partition in the answer instead of throwing the first one. */
const answerOf = <Answer>(api: string, version: number): ProtocolResponse<Answer> => {
  const { decode } = require(
    `kafkajs/src/protocol/requests/${api}/v${version}/response`,
  ) as ProtocolResponse<Answer>;
  return { decode, parse: (decoded) => Promise.resolve(decoded) };
};

interface ByTopic<Partition> {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly Partition[];
  }[];
}

export const fetchRequest: RequestMaker = requestOf('fetch', 11);
/** Versions 3 to 7 have the same answer. */
export const offsetCommitResponse: ProtocolResponse<
  ByTopic<{ readonly partition: number; readonly errorCode: number }>
> = answerOf('offsetCommit', 5);
export const offsetFetchRequest: RequestMaker = requestOf('offsetFetch', 4);
export const offsetFetchResponse: ProtocolResponse<
  ByTopic<{
    readonly partition: number;
    readonly offset: string;
    readonly metadata: string | null;
    readonly errorCode: number;
  }> & { readonly errorCode: number }
> = answerOf('offsetFetch', 4);
export const listOffsetsRequest: RequestMaker = requestOf('listOffsets', 3);
export const listOffsetsResponse: ProtocolResponse<
  ByTopic<{
    readonly partition: number;
    readonly offset: string;
    readonly timestamp: string;
    readonly errorCode: number;
  }>
> = answerOf('listOffsets', 3);

/** An error of the broker as kafkajs makes it: `type` is the name in the protocol, `retriable` what kafkajs thinks of it. */
export const errorFromCode: (
  code: number,
) => Error & { readonly type: string; readonly code: number } = (
  require('kafkajs/src/protocol/error') as {
    createErrorFromCode: (code: number) => Error & { type: string; code: number };
  }
).createErrorFromCode;

/** Writes requests that kafkajs has no encoder for. */
export interface Encoder {
  writeInt8(value: number): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  /** Of decimal digits. */
  writeInt64(value: string): Encoder;
  writeString(value: string | null): Encoder;
  /** Bytes that aren't a Buffer would be written as the text of their numbers. */
  writeBytes(value: Buffer): Encoder;
  writeArray(items: readonly Encoder[]): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string | null): Encoder;
  /** Bytes without their length. */
  writeBuffer(value: Buffer): Encoder;
}
const EncoderClass = require('kafkajs/src/protocol/encoder') as new () => Encoder;
export const newEncoder = (): Encoder => new EncoderClass();
