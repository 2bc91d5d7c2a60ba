/** The field table, `workers`: a pool of worker threads, shared or of one pipeline. */
import type { Fields } from './field.ts';

export const workersFields: Fields = {
  threads: {
    type: 'integer',
    min: 1,
    max: 512,
    auto: true,
    default: 'auto',
    doc: 'Worker threads. auto is the CPUs that this process may use (cgroup limits count) minus 1, at least 1.',
  },
  concurrencyPerThread: {
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 16,
    doc: 'Records that one thread handles at the same time; for asynchronous handlers. 1 for work that needs the CPU.',
  },
  maxHeap: {
    type: 'size',
    min: '16MiB',
    max: '64GiB',
    auto: true,
    default: 'auto',
    as: 'maxHeapBytes',
    doc: 'Heap limit of one thread; a thread that goes past it is replaced. auto leaves it to V8.',
  },
};
