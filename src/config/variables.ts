/** The variables that `${NAME}` can name: the environment, and below it a file. */
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Issues } from './issue.ts';
import { makeSource, startOf } from './source.ts';
import type { Variables } from './substitute.ts';
import { readTextFile } from './text-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_BYTES = 262_144;

/**
 * A lookup over both. What the environment sets wins over the file, as with `node --env-file` and Docker Compose, so
 * that a deployment can override what a file in the repository says.
 */
export function readVariables(
  { cwd, env, envFile }: { cwd: string; env: Environment; envFile?: string | undefined },
  issues: Issues,
): Variables {
  const file = envFile === undefined ? {} : readEnvFile(envFile, cwd, issues);
  return (name) => own(env, name) ?? own(file, name);
}

function readEnvFile(path: string, cwd: string, issues: Issues): Environment {
  const result = readTextFile(resolve(cwd, path), MAX_BYTES);
  if ('text' in result) {
    const variables = parseEnv(result.text);
    if (own(variables, NODES_OWN) !== undefined) warnOfNodesOwn(path, cwd, result.text, issues);
    return variables;
  }
  const spot = startOf(makeSource('--env-file', cwd, '', false));
  issues.add(result.problem, spot, `file ${path} ${result.why}`);
  return {};
}

const NODES_OWN = 'NODE_OPTIONS';

/** Node reads an --env-file of its script's arguments too, before the script runs, and takes this variable from it and no other. */
function warnOfNodesOwn(path: string, cwd: string, text: string, issues: Issues): void {
  const [whole = '', before = ''] = /^([ \t]*(?:export[ \t]+)?)NODE_OPTIONS/m.exec(text) ?? [];
  const start = text.indexOf(whole) + before.length;
  const spot = { source: makeSource(path, cwd, text, true), start, end: start + NODES_OWN.length };
  const message = `${NODES_OWN} acts on Node when it was started without --, and never otherwise`;
  const hint = 'set it in the environment, where it always acts';
  issues.add('nodeOptions', spot, message, { hint, severity: 'warn' });
}

function own(record: Environment, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
