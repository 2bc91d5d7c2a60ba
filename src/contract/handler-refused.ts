import { EXIT, MillraceError } from './errors.ts';
import type { HandlerRefusal } from './thread.ts';

/** Handlers that could not be loaded when the threads started: MR202, exit 78. */
export class HandlerRefusedError extends MillraceError {
  override readonly name: string = 'HandlerRefusedError';
  readonly refusals: readonly { readonly pipeline: string; readonly refusal: HandlerRefusal }[];

  constructor(
    refusals: readonly { readonly pipeline: string; readonly refusal: HandlerRefusal }[],
  ) {
    const texts = refusals.map(({ pipeline, refusal }) => `${pipeline}: ${refusalText(refusal)}`);
    super('MR202', texts.join('\n'), { exit: EXIT.config });
    this.refusals = refusals;
  }
}

/** What went wrong, in one line, and what to write instead where that is known. */
export function refusalText({ stage, error, exports }: HandlerRefusal): string {
  const where = {
    load: 'The handler does not load',
    export: 'The handler is not usable',
    options: 'The options are refused',
    setup: 'The setup of the handler failed',
  }[stage];
  const found =
    exports.length > 0
      ? ` Found: ${exports.join(', ')}. Write #${exports[0]} behind the file name.`
      : '';
  return `${where}: ${error.name === 'Error' ? '' : `${error.name}: `}${error.message}${found}`;
}
