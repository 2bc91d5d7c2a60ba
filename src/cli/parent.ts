/** A command that starts `millrace run` in processes of its own, with a channel to each. */
export type Parent = 'dev' | 'demo' | 'verify';
const PARENTS: readonly string[] = ['dev', 'demo', 'verify'] satisfies Parent[];

const NAME = 'MILLRACE_PARENT';

/** The environment of a process that is to end with this one. */
export const childEnv = (parent: Parent): NodeJS.ProcessEnv => ({
  ...process.env,
  [NAME]: parent,
});

/** The command that has started this process so; null when none has. To be asked once: what a handler starts is no child of that command. */
export function takeParent(): Parent | null {
  const parent = process.env[NAME];
  delete process.env[NAME];
  return parent !== undefined && PARENTS.includes(parent) ? (parent as Parent) : null;
}

/** Orders the stop when the parent is gone, however it ended, and a moment later the end of the drain: its broker is gone with it. */
export function endWithParent(parent: Parent, insist: (why: string) => void): void {
  const gone = (): void => {
    const why = `millrace ${parent} is gone`;
    insist(why);
    setTimeout(() => insist(why), ALONE_MS);
  };
  // It may have ended before this was called.
  if (process.connected) process.once('disconnect', gone);
  else gone();
}

/** Time for a drain without the broker, in ms. */
const ALONE_MS = 1000;
