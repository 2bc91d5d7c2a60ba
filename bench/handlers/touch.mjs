// No work: reads the length of the value, so that it really is made.
const seen = { bytes: 0 };
export default (record) => {
  seen.bytes += record.value.length;
};
