import { MillraceError } from '../../contract/errors.ts';

/**
 * A batch that can't be read. `MR310`: its bytes don't fit the format or its checksum; `MR311`: it
 * expands to more than the bound; `MR312`: its codec is unknown or not installed. The records
 * before it are never affected: they come as a block of their own first.
 */
export class CorruptSet extends MillraceError {
  override readonly name: string = 'CorruptSet';
  /** Base offset that the batch's header states. */
  readonly offset: bigint;
  /**
   * One past its last offset by its header, to go on from when the batch is given up; null if that
   * is nonsense too.
   */
  readonly after: bigint | null;

  constructor(code: UnreadableCode, reason: string, offset: bigint, after: bigint | null) {
    super(code, `The batch at offset ${offset} can't be read: ${reason}. ${remedy(code, after)}`, {
      facts: { offset: String(offset), after: after === null ? null : String(after), reason },
    });
    this.offset = offset;
    this.after = after;
  }
}

type UnreadableCode = 'MR310' | 'MR311' | 'MR312';

function remedy(code: UnreadableCode, after: bigint | null): string {
  switch (code) {
    case 'MR310':
      return `Look at the log with kafka-dump-log; to give the batch up, set the group's offset ${
        after === null ? 'past it' : `to ${after}`
      }.`;
    case 'MR311':
      return 'Raise buffer.maxBytes of the pipeline, or produce smaller batches.';
    case 'MR312':
      return 'Nothing is lost: once the codec is there, reading goes on from this offset.';
  }
}
