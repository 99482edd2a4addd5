/**
 * Natural logarithm in f64 from exact operations only.
 *
 * Source: fdlibm e_log.c (Sun Microsystems, 1993). x = 2^k (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2),
 * s = f / (2 + f), log(1 + f) = f - s (f - R(s^2)); error below 1 ulp. The exponent is taken from
 * the bits through a DataView with a stated byte order.
 */
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const TWO_54 = 18014398509481984;
const LG1 = 0.6666666666666735;
const LG2 = 0.3999999999940942;
const LG3 = 0.2857142874366239;
const LG4 = 0.22222198432149784;
const LG5 = 0.1818357216161805;
const LG6 = 0.15313837699209373;
const LG7 = 0.14798198605116586;

const bits = new DataView(new ArrayBuffer(8));

/** ln x; -Infinity at 0, NaN below 0, Infinity at Infinity. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  const subnormal = x < 2.2250738585072014e-308;
  bits.setFloat64(0, subnormal ? x * TWO_54 : x);
  const high = bits.getInt32(0);
  const mantissa = high & 0xfffff;
  const carry = (mantissa + 0x95f64) & 0x100000; // 1 + f above sqrt(2): halve it
  bits.setInt32(0, mantissa | (carry ^ 0x3ff00000));
  const k = (high >> 20) - 1023 + (carry >> 20) - (subnormal ? 54 : 0);
  return k * LN2_HI - negatedLog1p(bits.getFloat64(0) - 1, k * LN2_LO);
}

/** -(log(1 + f) + low) for sqrt(2)/2 - 1 < f < sqrt(2) - 1, `low` folded in before the large terms. */
function negatedLog1p(f: number, low: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (LG2 + w * (LG4 + w * LG6));
  const odd = z * (LG1 + w * (LG3 + w * (LG5 + w * LG7)));
  const half = 0.5 * f * f;
  return half - (s * (half + even + odd) + low) - f;
}
