/**
 * exp in f64 from exact operations only: the same bits on every engine, unlike Math.exp.
 *
 * Source: fdlibm e_exp.c (Sun Microsystems, 1993). x = k ln2 + r with |r| <= ln2/2, then a rational
 * Remez approximation of r; error below 1 ulp. Powers of two come from a table, not from bit casts,
 * so that byte order does not matter.
 */
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const INV_LN2 = 1.4426950408889634;
const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 0.00006613756321437934;
const P4 = -0.0000016533902205465252;
const P5 = 4.1381367970572385e-8;
const OVERFLOW = 709.782712893384;
const UNDERFLOW = -745.1332191019411;

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
  if (!(x >= UNDERFLOW)) return x < UNDERFLOW ? 0 : x;
  if (x > OVERFLOW) return Infinity;
  const k = (INV_LN2 * x + (x < 0 ? -0.5 : 0.5)) | 0;
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  const r = hi - lo;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  const y = 1 - (lo - (r * c) / (2 - c) - hi);
  if (k >= -1021) return k === 1024 ? y * 2 * POWERS[2045]! : y * POWERS[k + 1022]!;
  return y * POWERS[k + 2022]! * POWERS[22]!; // subnormal result: 2^(k+1000), then 2^-1000
}
