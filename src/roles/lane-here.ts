/** A lane that computes where it is asked, on a backend that is open already. */
import type { Backend } from '../compute/backend.ts';
import type { ComputeLane } from './compute-lane.ts';
import { ComputeError } from './compute-lane.ts';
import { handlers } from './jobs.ts';

export function laneHere(backend: Backend): ComputeLane {
  const { name: backendName, computeClass, description } = backend;
  return {
    info: { backend: backendName, computeClass, description },
    run: async (name, input) => {
      try {
        return await handlers[name](input, backend);
      } catch (thrown) {
        const { name: kind, message, code = null } = thrown as Error & { code?: string };
        throw new ComputeError({ name: kind, message, code });
      }
    },
    close: () => backend.close(),
  };
}
