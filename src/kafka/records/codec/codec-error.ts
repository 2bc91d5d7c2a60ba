import { MillraceError } from '../../../contract/errors.ts';

/**
 * Bytes that can't be expanded: `MR310` corrupt, `MR311` larger than the bound, `MR312` codec
 * unknown or not installed. Knows nothing of batches and offsets: whoever has those says where.
 */
export class CodecError extends MillraceError {
  override readonly name: string = 'CodecError';
  override readonly code: 'MR310' | 'MR311' | 'MR312';

  constructor(code: 'MR310' | 'MR311' | 'MR312', message: string, cause?: unknown) {
    super(code, message, { cause });
    this.code = code;
  }
}

export function corruptData(codec: string, cause: unknown): CodecError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodecError('MR310', `the ${codec} data is corrupt (${why})`, cause);
}

export function tooLarge(maxBytes: number): CodecError {
  return new CodecError('MR311', `its records take more than ${maxBytes} bytes of memory`);
}
