import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { withCompiler } from './compiler.ts';

/**
 * The files that a handler is made from, itself included: what it imports or requires, and what these do, JavaScript as well as
 * TypeScript; no packages. Files that don't parse are among them, and those that are imported but aren't there. What is imported by a name
 * that is only known when it runs is not. Never rejects.
 */
export async function inputsOf(file: string): Promise<string[]> {
  const found = new Set([file]);
  await withCompiler((build) =>
    build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      conditions: [],
      mainFields: ['main'],
      outdir: dirname(file),
      absWorkingDir: dirname(file),
      logLevel: 'silent',
      plugins: [note(found)],
    }),
  ).catch(() => {
    // What is wrong with the code is said when it is loaded.
  });
  return [...found];
}

const note = (found: Set<string>): Plugin => ({
  name: 'millrace-inputs',
  setup(build) {
    build.onResolve({ filter: /.*/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === RESOLVING) return undefined;
      const { path: target, errors } = await build.resolve(path, {
        kind,
        resolveDir,
        pluginData: RESOLVING,
      });
      if (errors.length > 0 && path.startsWith('.')) found.add(join(resolveDir, path));
      const isInput = errors.length === 0 && !target.split(sep).includes('node_modules');
      return isInput ? undefined : { path, external: true };
    });
    build.onLoad({ filter: /.*/ }, ({ path }) => {
      found.add(path);
      return undefined;
    });
  },
});
const RESOLVING = Symbol('resolving');
