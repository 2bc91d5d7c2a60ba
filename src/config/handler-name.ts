/**
 * `./file.ts#exportName` as it is written. Only the form is judged here; `handler-file.ts` looks at the file.
 */

/** A handler as it was written: a path that begins with `./` and the name of an export, null for the default. */
export interface HandlerName {
  readonly path: string;
  readonly exportName: string | null;
}

/** Extensions of modules that threads can load. */
export const HANDLER_EXTENSIONS: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts'];

/** The parts of a handler, or why it is none and what to write. */
export function parseHandler(
  text: string,
): HandlerName | { readonly why: string; readonly hint: string | null } {
  const hash = text.lastIndexOf('#');
  const path = hash === -1 ? text : text.slice(0, hash);
  const exportName = hash === -1 ? null : text.slice(hash + 1);
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    return { why: 'is a URL, not a path', hint: 'write ./file.ts' };
  }
  if (path.startsWith('/')) {
    return { why: 'is an absolute path', hint: 'write it from the folder of this file: ./file.ts' };
  }
  if (!path.startsWith('./') && !path.startsWith('../')) {
    const isPath = HANDLER_EXTENSIONS.some((extension) => path.endsWith(extension));
    return {
      why: 'does not begin with ./',
      hint: isPath ? `write ./${text}` : 'packages are not handlers; write ./file.ts',
    };
  }
  if (path.endsWith('/') || path === '.' || path === '..') {
    return { why: 'is a folder', hint: `write the module: ${path}index.ts` };
  }
  if (!HANDLER_EXTENSIONS.some((extension) => path.endsWith(extension))) {
    return { why: `does not end in ${HANDLER_EXTENSIONS.join(', ')}`, hint: null };
  }
  if (exportName === null || exportName === 'default') return { path, exportName: null };
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(exportName)) {
    return {
      why: 'has no valid export name after #',
      hint: `write ${path}#name, or ${path} for the default export`,
    };
  }
  return { path, exportName };
}
