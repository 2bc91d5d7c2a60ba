import type { MillraceConfig } from './contract/config.ts';
import { inputsOf } from './pool/inputs.ts';

/** The files that the handlers of a configuration are made from, for a watcher; see inputsOf. Never rejects. */
export async function handlerInputs({ pipelines }: MillraceConfig): Promise<string[]> {
  const files = new Set(pipelines.map(({ handler }) => handler.file));
  return [...new Set((await Promise.all([...files].map(inputsOf))).flat())];
}
