/**
 * Whether a value has to be waited for. Reading `then` may throw: it may be a getter of user code. What calls back is
 * only safe behind `Promise.resolve`, which lets it answer once.
 */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'then' in value &&
  typeof value.then === 'function';
