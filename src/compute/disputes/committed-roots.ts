/** The trace of a contribution (training/contribution.ts) as claims that its party is held to. */
import type { TrainingSpec } from '../training/spec.ts';
import type { StateRootClaim } from './answers.ts';
import { DisputeError } from './dispute-error.ts';
import { digestOf } from './json-checks.ts';

/** Throws DisputeError `shape_invalid` for another number of roots than the specification calls for. */
export function committedRoots(
  { innerSteps, traceEvery }: Pick<TrainingSpec, 'innerSteps' | 'traceEvery'>,
  trace: readonly string[],
): StateRootClaim[] {
  const every = traceEvery === 0 ? innerSteps : traceEvery;
  const wanted = Math.ceil(innerSteps / every);
  if (trace.length !== wanted)
    throw new DisputeError('shape_invalid', `a trace of ${trace.length} roots, wanted ${wanted}`);
  return trace.map((root, i) => ({
    kind: 'state_root',
    step: Math.min((i + 1) * every, innerSteps),
    root: digestOf(root, 'root'),
  }));
}
