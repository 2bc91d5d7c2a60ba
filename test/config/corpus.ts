/**
 * The corpus of bad input: what a case of it is and what is asked of every one: the problem with its place, found
 * within a second of CPU time and without showing a secret.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadRequest } from '../../src/config/read.ts';
import { issuesAsJson, renderIssues } from '../../src/config/render.ts';
import { brief, fileWith, folderWith } from './fixture.ts';

/** Stands for a secret wherever one could be. */
export const CANARY = 'hunter2-canary';

export interface Case {
  readonly name: string;
  readonly yaml?: string | Uint8Array;
  /** Each must be the beginning of one problem in short form. */
  readonly problems: readonly string[];
  readonly request?: Partial<ReadRequest>;
  readonly files?: Readonly<Record<string, string>>;
  readonly prepare?: (folder: string) => void;
  /** The configuration can be used all the same. */
  readonly isWarning?: true;
}

/** One problem in a file with one pipeline whose lines begin in line 5, column 5. */
export function line(name: string, text: string, ...problems: readonly string[]): Case {
  return { name, yaml: fileWith(...text.split('\n')), problems };
}

/** A case whose handler is written in line 4 from column 14. */
export function handler(
  name: string,
  path: string,
  problem: string,
  more: Partial<Case> = {},
): Case {
  const yaml = fileWith().replace('./h.ts', path);
  return { name, yaml, problems: [problem], ...more };
}

/** A case whose topics are written in line 3 from column 23. */
export function topics(name: string, text: string, ...problems: readonly string[]): Case {
  return { name, yaml: fileWith().replace('["orders"]', text), problems };
}

/** A case whose instance id is written in line 3 from column 47. */
export function instanceId(name: string, text: string, ...problems: readonly string[]): Case {
  return { name, yaml: fileWith().replace('groupId:', `instanceId: ${text}, groupId:`), problems };
}

/** A file with one pipeline that is complete; four lines. */
export const head: string = fileWith();

/** A test for each case. */
export function testAll(cases: readonly Case[]): void {
  for (const one of cases) {
    test(`bad input: ${one.name}`, (context) => {
      const folder = folderWith(context, { 'millrace.yaml': one.yaml ?? head, ...one.files });
      one.prepare?.(folder.path);
      const start = process.cpuUsage();
      const { config, issues } = folder.read(one.request);
      const text = renderIssues(issues, { color: false });
      const { user, system } = process.cpuUsage(start);

      const found = brief(issues);
      for (const expected of one.problems) {
        const wanted = expected.replace(
          'millrace.yaml',
          one.request?.files?.[0] ?? 'millrace.yaml',
        );
        assert.ok(
          found.some((problem) => problem.startsWith(wanted)),
          `${wanted}\nis not in\n${found.join('\n')}`,
        );
      }
      assert.equal(config !== null, one.isWarning === true);
      assert.ok(user + system < 1_000_000, `took ${user + system} us of CPU time`);
      const output = text + JSON.stringify(issuesAsJson(issues));
      for (const secret of [CANARY, '012345']) assert.ok(!output.includes(secret), output);
    });
  }
}
