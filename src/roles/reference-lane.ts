/** A lane on the reference kernels, which have the bits of every exact backend. */
import { openBackend } from '../compute/backends/open.ts';
import type { ComputeLane } from './compute-lane.ts';
import { laneHere } from './lane-here.ts';

export const openReferenceLane = async (): Promise<ComputeLane> =>
  laneHere(await openBackend('reference', { threads: 1 }));
