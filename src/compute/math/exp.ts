/**
 * exp in f64 from exact operations only: the same bits on every engine, unlike Math.exp. It runs some
 * three million times a training step, so there is no division and no branch on the way.
 *
 * x = k ln2 + r, |r| <= ln2/2, ln2 in two parts (Cody and Waite 1980; constants of fdlibm e_exp.c, k
 * times the first is exact); e^r by its Taylor polynomial of degree 13, summed in Estrin's scheme
 * (truncation below 2^-57); 2^k from a table. Error below 2 ulp. No fused multiply-add exists in the
 * language, so the order written is the order computed.
 */
export const LN2_HI = 6.9314718036912382e-1;
export const LN2_LO = 1.9082149292705877e-10;
export const INV_LN2 = 1.4426950408889634;
/** 1.5 x 2^52: adding and subtracting it rounds to the nearest whole number, ties to even. */
export const ROUNDER = 6755399441055744;

const C3 = 1 / 6;
const C4 = 1 / 24;
const C5 = 1 / 120;
const C6 = 1 / 720;
const C7 = 1 / 5040;
const C8 = 1 / 40320;
const C9 = 1 / 362880;
const C10 = 1 / 3628800;
const C11 = 1 / 39916800;
const C12 = 1 / 479001600;
const C13 = 1 / 6227020800;

/** Of the Taylor polynomial, from the third power up. */
export const COEFFICIENTS = [C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13] as const;

/** POWERS[k + 1022] = 2^k for the normal exponents -1022..1023. */
const POWERS = powersOfTwo();

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2046);
  powers[1022] = 1;
  for (let k = 1; k <= 1023; k += 1) powers[1022 + k] = powers[1021 + k]! * 2;
  for (let k = 1; k <= 1022; k += 1) powers[1022 - k] = powers[1023 - k]! * 0.5;
  return powers;
}

/** e^x; Infinity above 709.78, 0 below -745.13, NaN for NaN. */
export function exp(x: number): number {
  if (!(x > -708 && x < 709)) return farExp(x);
  const k = x * INV_LN2 + ROUNDER - ROUNDER;
  return expOfReduced(x - k * LN2_HI - k * LN2_LO) * POWERS[(k + 1022) | 0]!;
}

/** e^r for |r| <= ln2/2. */
function expOfReduced(r: number): number {
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = r2 * (0.5 + r * C3) + r4 * (C4 + r * C5 + r2 * (C6 + r * C7));
  const high = C8 + r * C9 + r2 * (C10 + r * C11) + r4 * (C12 + r * C13);
  return 1 + (r + (low + r4 * r4 * high));
}

/** Near and beyond the ends of the normal range 2^k is a product of two powers. */
function farExp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (Number.isNaN(x)) return NaN;
  const k = x * INV_LN2 + ROUNDER - ROUNDER;
  const half = x < 0 ? -512 : 512;
  const y = expOfReduced(x - k * LN2_HI - k * LN2_LO);
  return y * POWERS[k - half + 1022]! * POWERS[half + 1022]!;
}
