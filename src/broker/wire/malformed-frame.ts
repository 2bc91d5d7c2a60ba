/**
 * Bytes that are not a request or an answer: a length that is not there, an unknown layout, text where none may be null.
 * Whoever reads frames of a connection closes it; nothing else is affected.
 */
export class MalformedFrame extends Error {
  override readonly name: string = 'MalformedFrame';
}
