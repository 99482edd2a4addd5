/**
 * Quantile of the standard normal distribution for p in [2e-11, 1 - 2e-11].
 *
 * Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988); relative error about
 * 1e-16. The far-tail branch of the paper is left out: callers truncate well before it.
 */
import { invariant } from '../invariant.ts';
import { log } from './log.ts';

const CENTRE_NUMERATOR = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_DENOMINATOR = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const TAIL_NUMERATOR = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const TAIL_DENOMINATOR = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
  0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
];

/** z with P(Z <= z) = p. */
export function normalQuantile(p: number): number {
  invariant(p >= 2e-11 && p <= 1 - 2e-11, 'probability outside the supported range');
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(CENTRE_NUMERATOR, r)) / horner(CENTRE_DENOMINATOR, r);
  }
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p)) - 1.6;
  const z = horner(TAIL_NUMERATOR, r) / horner(TAIL_DENOMINATOR, r);
  return q < 0 ? -z : z;
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) sum = sum * x + coefficients[i]!;
  return sum;
}
