// Says when it saw a record, on the clock that all processes of the machine share.
export default (record, ctx) => {
  const at = process.hrtime.bigint();
  ctx.logger.info('seen', { sent: record.value.toString(), at: String(at) });
};
