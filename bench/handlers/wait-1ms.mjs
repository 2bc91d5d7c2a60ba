// 1 ms of waiting.
export default () => new Promise((resolve) => setTimeout(resolve, 1));
