/**
 * The file of a handler: a configuration that somebody can change must not be a way to run any file of the machine,
 * so after following links the module has to lie in the folder of the file that names it, or below. Whether it has a
 * usable export is found when a thread loads it.
 */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import type { HandlerConfig } from '../contract/config.ts';
import { nearest } from '../contract/nearest.ts';
import { HANDLER_EXTENSIONS, type HandlerName } from './handler-name.ts';
import type { Issues } from './issue.ts';
import type { ProblemName } from './problem.ts';
import type { Spot } from './source.ts';

/** The handler to load, or null after reporting at `spot` why there is none. */
export function findHandler(
  { path, exportName }: HandlerName,
  spot: Spot,
  key: readonly string[],
  issues: Issues,
): HandlerConfig | null {
  const report = (problem: ProblemName, what: string, hint: string | null = null): null => {
    issues.add(problem, spot, `handler ${path} ${what}`, { hint, path: key });
    return null;
  };
  const { folder } = spot.source;
  const wanted = resolve(folder, path);
  const outside = (): null =>
    report(
      'handlerOutside',
      `is outside the folder ${folder}`,
      'move it into that folder or below',
    );
  // Judged by the text first, so that a message can't tell which files exist elsewhere.
  if (!isInside(folder, wanted)) return outside();
  try {
    const file = realpathSync.native(wanted);
    if (!isInside(realpathSync.native(folder), file)) return outside();
    const stat = statSync(file);
    if (!stat.isFile()) {
      return report(
        'handlerNotAFile',
        'is not a regular file',
        'name the module itself, such as ./handlers/index.ts',
      );
    }
    if (!HANDLER_EXTENSIONS.includes(extname(file))) {
      return report(
        'handlerPath',
        `is a link to a file that does not end in ${HANDLER_EXTENSIONS.join(', ')}`,
      );
    }
    if (process.platform !== 'win32' && (stat.mode & 0o002) !== 0) {
      issues.add(
        'handlerWritable',
        spot,
        `handler ${path} can be changed by any user of this machine`,
        {
          hint: `chmod o-w ${path}`,
          path: key,
          severity: 'warn',
        },
      );
    }
    return { file, exportName };
  } catch (error) {
    return isMissing(error)
      ? report('handlerMissing', 'does not exist', nearHint(wanted, path))
      : report('fileUnreadable', 'may not be read by this user');
  }
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  );
}

const MAX_NAMES = 1_000;

/** The most similar module next to the one that is missing. */
function nearHint(wanted: string, path: string): string | null {
  try {
    const names = readdirSync(dirname(wanted)).slice(0, MAX_NAMES);
    const modules = names.filter((name) => HANDLER_EXTENSIONS.includes(extname(name)));
    const near = nearest(basename(wanted), modules);
    if (near === null) return null;
    return `did you mean ${path.slice(0, path.length - basename(wanted).length)}${near}?`;
  } catch {
    return `folder ${dirname(path)} does not exist either`;
  }
}
