import type { ConfigIssue } from '../config/issue.ts';
import type { ReadResult } from '../config/read.ts';
import { issuesAsJson } from '../config/render.ts';
import { EXIT } from '../contract/errors.ts';
import { Engine } from '../engine.ts';
import { parse } from './arguments.ts';
import { configOptions, issuesOf, printIssues, readFrom } from './config-options.ts';

/** `millrace validate`: exit 0 when all is well, 78 with problems, 69 or 77 when `--connect` gets no further. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    'validate',
    argv,
    { ...configOptions, connect: { type: 'boolean' }, json: { type: 'boolean' } },
    true,
  );
  const alone = positionals.map((file) => [file]);
  const sets = alone.length === 0 ? [undefined] : [...alone, ...(values.config ? [undefined] : [])];
  const issues: ConfigIssue[] = [];
  let pipelines = 0;
  for (const files of sets) {
    const read = readFrom(values, files);
    issues.push(...read.issues);
    if (!read.config) continue;
    pipelines += read.config.pipelines.length;
    issues.push(...(await check(read, values.connect === true)));
  }
  const isOk = issues.every(({ severity }) => severity !== 'error');
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ ok: isOk, problems: issuesAsJson(issues) }, null, 2)}\n`,
    );
  else if (isOk) {
    printIssues(issues);
    process.stdout.write(`ok: ${pipelines} ${pipelines === 1 ? 'pipeline' : 'pipelines'}\n`);
  } else printIssues(issues);
  return isOk ? EXIT.ok : EXIT.config;
}

/** Problems that show only when handlers are loaded, and brokers are asked. Throws what has no place in a file. */
async function check(read: ReadResult, connects: boolean): Promise<ConfigIssue[]> {
  const { config } = read;
  if (!config) return [];
  const engine = new Engine(config, () => {});
  const issues: ConfigIssue[] = [];
  const collect = (cause: unknown): void => {
    const found = issuesOf(cause, read);
    if (!found) throw cause;
    issues.push(...found);
  };
  await engine.checkHandlers().catch(collect);
  if (connects) for (const cause of await engine.checkTopics()) collect(cause);
  return issues;
}
