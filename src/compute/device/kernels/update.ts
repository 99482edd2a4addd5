/**
 * optim/clip.ts and optim/adamw.ts on a device, over all parameters as one array: the norm of the
 * gradients, the scale that clips it, and AdamW, in f32. Squares beyond f32 make the norm infinite,
 * which ends the contribution as a gradient that is not finite does.
 */
import type { AdamWFactors } from '../../optim/adamw.ts';
import { elementwise, literal, reads, rowwise, writes } from '../kernel.ts';
import type { Kernel, Slice } from '../kernel.ts';

/** Elements that one workgroup sums. */
const SUMMED = 8192;

export const partialSums = (gradients: number): number => Math.ceil(gradients / SUMMED);

/** partial (partialSums) <- sums of squares of stretches of the gradients. */
export const sumsOfSquares = (gradients: Slice, partial: Slice): Kernel =>
  rowwise(
    { g: reads(gradients), partial: writes(partial) },
    partial.length,
    SUMMED,
    `let end = min((row + 1u) * ${SUMMED}u, ${gradients.length}u);
  var part = 0.0;
  for (var i = row * ${SUMMED}u + lane; i < end; i += LANES) { part += g[i] * g[i]; }
  let sum = total(part, lane);
  if (lane == 0u) { partial[row] = sum; }`,
  );

/** What comes down after a step. */
export const REPORT = { loss: 0, gradientNorm: 1, clipScale: 2, length: 3 } as const;

export const reportStep = (
  { partial, loss }: Record<'partial' | 'loss', Slice>,
  report: Slice,
  clipNorm: number,
): Kernel =>
  rowwise(
    { partial: reads(partial), loss: reads(loss), report: writes(report) },
    1,
    partial.length,
    `var part = 0.0;
  for (var i = lane; i < ${partial.length}u; i += LANES) { part += partial[i]; }
  let norm = sqrt(total(part, lane));
  if (lane == 0u) {
    report[${REPORT.loss}] = loss[row];
    report[${REPORT.gradientNorm}] = norm;
    report[${REPORT.clipScale}] = ${
      clipNorm > 0
        ? `select(1.0, ${literal(clipNorm)} / (norm + 1e-6f), norm + 1e-6f > ${literal(clipNorm)})`
        : '1.0'
    };
  }`,
  );

/** The numbers of a step in the order in which `adamW` reads them. */
export const adamWNumbers = ({
  keep,
  rate,
  inverseRoot,
  beta1,
  beta2,
  eps,
}: Omit<AdamWFactors, 'gradientScale'>): readonly number[] => [
  keep,
  rate,
  inverseRoot,
  eps,
  beta1,
  1 - beta1,
  beta2,
  1 - beta2,
];
export const ADAMW_NUMBERS = 8;

export const adamW = (
  { gradients, numbers, report }: Record<'gradients' | 'numbers' | 'report', Slice>,
  { p, m, v }: Record<'p' | 'm' | 'v', Slice>,
): Kernel =>
  elementwise(
    {
      g: reads(gradients),
      numbers: reads(numbers),
      report: reads(report),
      p: writes(p),
      m: writes(m),
      v: writes(v),
    },
    p.length,
    `let gradient = g[i] * report[${REPORT.clipScale}];
  let first = numbers[4] * m[i] + numbers[5] * gradient;
  let second = numbers[6] * v[i] + numbers[7] * gradient * gradient;
  m[i] = first;
  v[i] = second;
  p[i] = p[i] * numbers[0] - numbers[1] * first / (sqrt(second) * numbers[2] + numbers[3]);`,
  );
