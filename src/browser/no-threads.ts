/** Stands in for `src/compute/backends/exact-threads.ts`: in a browser the kernels run on one thread. */
import type { Helper } from '../compute/backends/exact-host.ts';

export function startHelper(): Helper {
  throw new Error('no helper threads in a browser');
}
