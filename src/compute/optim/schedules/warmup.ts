/**
 * Linear warm-up, the same before every schedule: step s = 0, 1, ... of the first `warmupSteps` has
 * the rate peak (s + 1) / warmupSteps.
 */
export const STEPS_MAX = 1e9;
export const LEARNING_RATE_MAX = 1e3;

export interface WarmUp {
  /** The peak. */
  readonly learningRate: number;
  readonly warmupSteps: number;
}

/** Of a step below `warmupSteps`. */
export function warmUpRate({ learningRate, warmupSteps }: WarmUp, step: number): number {
  return (learningRate * (step + 1)) / warmupSteps;
}
