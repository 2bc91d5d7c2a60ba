/** A handler whose teardown does not end. */
export default {
  teardown: () => new Promise(() => {}),
  handle() {},
};
