import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Loader, Plugin } from 'esbuild';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { withCompiler } from './compiler.ts';

/** A module that threads can import, and what removes it again. */
export interface Bundle {
  readonly url: string;
  dispose(): Promise<void>;
}

/**
 * Makes a handler module loadable by every supported Node. JavaScript is loaded as it is; TypeScript is bundled once, here,
 * into one file with a source map, so that threads need no compiler and a stack names the line that the user wrote. Packages stay
 * outside of the bundle and are found from the file that imports them. Throws MR201 when the code doesn't parse or an
 * import isn't found.
 */
export async function bundle(file: string): Promise<Bundle> {
  if (!TYPESCRIPT.has(extname(file))) {
    return { url: pathToFileURL(file).href, dispose: () => Promise.resolve() };
  }
  const built = await compile(file).catch((cause: unknown) => {
    throw refusal(`The handler ${file} does not compile: ${reasonOf(cause)}`, file);
  });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-')).catch((cause: unknown) => {
    const what = `The handler ${file} is TypeScript, and its bundle needs a folder that can be written`;
    throw refusal(`${what}: ${reasonOf(cause)}. Name one in the variable TMPDIR.`, file);
  });
  const target = join(folder, 'handler.mjs');
  await writeFile(target, withRequire((built.outputFiles[0] as { text: string }).text, file));
  return {
    url: pathToFileURL(target).href,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const refusal = (text: string, file: string): MillraceError =>
  new MillraceError('MR201', text, { exit: EXIT.config, facts: { file } });

function compile(file: string) {
  return withCompiler((build) =>
    build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node.split('.')[0]}`,
      sourcemap: 'inline',
      sourcesContent: false,
      // Without these two, files would be taken that packages keep for bundlers and that Node itself doesn't load.
      conditions: [],
      mainFields: ['main'],
      sourceRoot: pathToFileURL(`${dirname(file)}/`).href,
      outdir: dirname(file),
      absWorkingDir: dirname(file),
      logLevel: 'silent',
      define: PLACES,
      plugins: [outside, keepPlaces],
    }),
  );
}

const TYPESCRIPT = new Set(['.ts', '.mts']);

/** Gives CommonJS files in the bundle what an ES module lacks. In front of the first line, so that no line moves. */
function withRequire(text: string, file: string): string {
  if (!/\b__require\b/.test(text)) return text;
  const from = JSON.stringify(file);
  return `import{createRequire as __millrace_require}from"node:module";const require=__millrace_require(${from});${text}`;
}

/**
 * Imports of packages become absolute: the bundle stands in another folder than the file that imports them. What a name
 * resolves to outside of node_modules (a workspace, an alias of tsconfig.json), and TypeScript, is bundled like the handler.
 */
const outside: Plugin = {
  name: 'millrace-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === RESOLVING) return undefined;
      const external = (file: string): { path: string; external: true } => ({
        path: kind === 'require-call' ? file : pathToFileURL(file).href,
        external: true,
      });
      if (path === 'millrace') return external(HANDLER_API);
      const found = await build.resolve(path, { kind, resolveDir, pluginData: RESOLVING });
      if (found.errors.length > 0) return { errors: found.errors };
      const isPackage = found.path.split(sep).includes('node_modules');
      if (found.external || !isPackage || TYPESCRIPT.has(extname(found.path))) return found;
      return external(found.path);
    });
  },
};
const RESOLVING = Symbol('resolving');

/** What a handler imports from this package, without the rest of it: threads need no Kafka client. */
const HANDLER_API: string = fileURLToPath(new URL('../contract/handler.js', import.meta.url));

/** `import.meta.url` and its kin keep naming the user's file, not the bundle. */
const PLACES = {
  'import.meta.url': '__millrace_url',
  'import.meta.filename': '__millrace_filename',
  'import.meta.dirname': '__millrace_dirname',
  // Only where the file doesn't define them itself, as many ES modules do.
  __filename: '__millrace_filename',
  __dirname: '__millrace_dirname',
};

const keepPlaces: Plugin = {
  name: 'millrace-places',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const loader = LOADERS[extname(path)] ?? 'js';
      if (!/import\.meta|__filename|__dirname/.test(text)) return { contents: text, loader };
      const values = [pathToFileURL(path).href, path, dirname(path)].map((value) =>
        JSON.stringify(value),
      );
      const names = ['__millrace_url', '__millrace_filename', '__millrace_dirname'];
      const line = names.map((name, i) => `const ${name}=${values[i]};`).join('');
      return { contents: line + text.replace(/^#!/, '//'), loader };
    });
  },
};

const LOADERS: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** The first messages of the compiler, each with its place. */
function reasonOf(cause: unknown): string {
  const errors = (
    cause as {
      errors?: { text: string; location: { file: string; line: number; column: number } | null }[];
    }
  ).errors;
  if (!Array.isArray(errors)) return cause instanceof Error ? cause.message : String(cause);
  return errors
    .slice(0, 3)
    .map(({ text, location: at }) =>
      at ? `${at.file}:${at.line}:${at.column + 1}: ${text}` : text,
    )
    .join('; ');
}
