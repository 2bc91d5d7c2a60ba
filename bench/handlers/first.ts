import { defineHandler, type HandlerDefinition } from 'millrace';

let isFirst = true;

/** Says when it saw its first record, in ms since 1970. */
const handler: HandlerDefinition = defineHandler({
  handle() {
    if (isFirst) process.stdout.write(`first ${Date.now()}\n`);
    isFirst = false;
  },
});
export default handler;
