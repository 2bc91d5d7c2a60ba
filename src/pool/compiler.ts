/** Users of the compiler at this moment. It is a process of its own, which ends with the last of them. */
let users = 0;

/** Gives work the compiler, for as long as it takes. */
export async function withCompiler<T>(
  work: (build: typeof import('esbuild').build) => Promise<T>,
): Promise<T> {
  const { build, stop } = await import('esbuild');
  users++;
  try {
    return await work(build);
  } finally {
    if (--users === 0) await stop();
  }
}
