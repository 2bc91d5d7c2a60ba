/** A folder with files in it for one test, and the problems that reading them gives, in short form. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ConfigIssue } from '../../src/config/issue.ts';
import { type ReadRequest, type ReadResult, readConfig } from '../../src/config/read.ts';

export interface Folder {
  readonly path: string;
  /** Reads `millrace.yaml` of the folder unless the request names other files. */
  readonly read: (request?: Partial<ReadRequest>) => ReadResult;
}

/** A folder with these files, gone after the test. `./h.ts` is a handler that is always there. */
export function folderWith(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Folder {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'millrace-config-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries({
    'h.ts': 'export default () => {};\n',
    ...files,
  })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content, { mode: 0o644 });
  }
  const standard = { files: ['millrace.yaml'], cwd: path, env: {}, cpus: 4 };
  return { path, read: (request = {}) => readConfig({ ...standard, ...request }) };
}

/** A folder whose `millrace.yaml` has this text. */
export function folderOf(context: TestContext, yaml: string): Folder {
  return folderWith(context, { 'millrace.yaml': yaml });
}

/** A pipeline that is complete, with further lines at the level of its keys. */
export function pipeline(id: string, ...lines: readonly string[]): string {
  const own = [`source: { topics: ["${id}"], groupId: ${id}-group }`, 'handler: ./h.ts', ...lines];
  return `  ${id}:\n${own.map((line) => `    ${line}\n`).join('')}`;
}

/** A whole file with one pipeline, `orders`. */
export function fileWith(...lines: readonly string[]): string {
  return `pipelines:\n${pipeline('orders', ...lines)}`;
}

/** `MR130 millrace.yaml:9:5 message | hint`. */
export function brief(issues: readonly ConfigIssue[]): string[] {
  return issues.map(({ code, file, line, col, message, hint }) => {
    const place = file.startsWith('--') ? file : `${file}:${line}:${col}`;
    return `${code} ${place} ${message}${hint === null ? '' : ` | ${hint}`}`;
  });
}

/** The problems of one `millrace.yaml`, in short form. */
export function problemsIn(
  context: TestContext,
  yaml: string,
  request?: Partial<ReadRequest>,
): string[] {
  return brief(folderOf(context, yaml).read(request).issues);
}
