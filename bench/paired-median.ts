/**
 * How many times faster (or slower) one piece of work is than its baseline: both are timed in turn,
 * round after round, and the median of the rounds' ratios is given. What disturbs the machine for
 * longer than a round disturbs both alike.
 */
const ROUNDS = 31;
const WARM_UP_MS = 700;
/** Long enough to be read, short enough to lie between two disturbances. */
const ROUND_MS = 8;

export interface PairedMedian {
  /** Median seconds of one pass of the work. */
  readonly seconds: number;
  /** Baseline's time over the work's: above 1 the work is faster. */
  readonly ratio: number;
}

export function pairedMedian(baseline: () => void, work: () => void): PairedMedian {
  const [baselinePasses, workPasses] = [warmUp(baseline), warmUp(work)];
  const rounds = Array.from({ length: ROUNDS }, () => {
    const baselineSeconds = secondsOf(baseline, baselinePasses);
    const seconds = secondsOf(work, workPasses);
    return { seconds, ratio: baselineSeconds / seconds };
  });
  return {
    seconds: median(rounds.map(({ seconds }) => seconds)),
    ratio: median(rounds.map(({ ratio }) => ratio)),
  };
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Passes that fill a round, once the compiler has settled. */
function warmUp(work: () => void): number {
  const started = performance.now();
  let fastest = Number.POSITIVE_INFINITY;
  do fastest = Math.min(fastest, secondsOf(work, 1));
  while (performance.now() - started < WARM_UP_MS);
  return Math.max(1, Math.round(ROUND_MS / 1000 / fastest));
}

function secondsOf(work: () => void, passes: number): number {
  const start = performance.now();
  for (let pass = 0; pass < passes; pass += 1) work();
  return (performance.now() - start) / passes / 1000;
}
