// 50 us of CPU.
export default () => {
  const until = performance.now() + 0.05;
  while (performance.now() < until);
};
