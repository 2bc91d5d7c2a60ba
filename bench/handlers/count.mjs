// No work: counts.
const seen = { records: 0 };
export default () => {
  seen.records++;
};
