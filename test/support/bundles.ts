import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MillraceError } from '../../src/contract/errors.ts';
import { type Bundle, bundle } from '../../src/pool/bundle.ts';
import { type ProjectFiles, projectOf } from './handler-files.ts';

/** Bundles the first file of a project. */
export async function bundled(
  t: TestContext,
  files: ProjectFiles,
): Promise<Bundle & { folder: string }> {
  const folder = await projectOf(t, files);
  const made = await bundle(join(folder, Object.keys(files)[0] as string));
  t.after(() => made.dispose());
  return { ...made, folder };
}

/** What the bundled first file of a project exports by default, and where the project is. */
export async function loaded(t: TestContext, files: ProjectFiles): Promise<[unknown, string]> {
  const { url, folder } = await bundled(t, files);
  const module = (await import(url)) as { default: unknown };
  return [module.default, folder];
}

/** Why a project can't be bundled. */
export async function refusal(t: TestContext, files: ProjectFiles): Promise<MillraceError> {
  const thrown = await bundled(t, files).then(
    () => new Error('it was bundled'),
    (cause: unknown) => cause,
  );
  if (thrown instanceof MillraceError) return thrown;
  throw thrown;
}
