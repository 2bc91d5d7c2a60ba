import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, MillraceError, reportError } from '../contract/errors.ts';

/** A new folder for what a command writes down on its way. Rejects with MR607 (exit 78), which begins with `who`, when there can be none. */
export async function scratchFolder(command: string, who: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), `millrace-${command}-`));
  } catch (cause) {
    const text = `${who} needs a folder that can be written, for its journal: ${reportError(cause).message}. Name one in the variable TMPDIR.`;
    throw new MillraceError('MR607', text, { exit: EXIT.config, cause });
  }
}
