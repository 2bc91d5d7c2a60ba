import type { Overrides } from './shrink.ts';

/** A seed that has failed once. It stays, made smaller where that was possible. */
export interface Regression {
  readonly seed: number;
  readonly with: Overrides;
  /** What was broken. */
  readonly what: string;
}

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 1039,
    with: {},
    what: 'a member that was forgotten and whose join was lost never joined again',
  },
  {
    seed: 1004,
    with: {},
    what: 'a member whose SyncGroup was lost had its commits refused for ever',
  },
  { seed: 1175, with: {}, what: 'a commit under way was taken for a topic made anew' },
  { seed: 103372, with: {}, what: 'a demand to join again was heard by nobody' },
  { seed: 9197, with: {}, what: 'a join that waited for a dead member cost all that was held' },
];
