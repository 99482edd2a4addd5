/**
 * Q32.32: numbers as bigints of 2^-32, for what every machine must compute to the same bit and doubles
 * do not promise (exp, log). Products and quotients are rounded towards minus infinity.
 */
import assert from 'node:assert';

const FRACTION_BITS = 32n;
export const ONE = 1n << FRACTION_BITS;

/** round(2^32 ln 2) */
const LN_2 = 2_977_044_472n;
/** r^n / n! is below 2^-32 for r < ln 2 from here on. */
const EXP_TERMS = 12n;
/** Bits that log2 gives behind the point. */
const LOG_BITS = 32n;

const floorDiv = (a: bigint, b: bigint): bigint => {
  const quotient = a / b;
  return quotient * b !== a && a < 0n !== b < 0n ? quotient - 1n : quotient;
};

export const fromMicro = (micro: number): bigint =>
  floorDiv(BigInt(micro) << FRACTION_BITS, 1_000_000n);
/** To the nearest millionth, halves up. */
export const toMicro = (x: bigint): number =>
  Number((x * 1_000_000n + (ONE >> 1n)) >> FRACTION_BITS);

export const mul = (a: bigint, b: bigint): bigint => (a * b) >> FRACTION_BITS;
export const div = (a: bigint, b: bigint): bigint => floorDiv(a << FRACTION_BITS, b);

/** floor(sqrt(n)) of a natural number, by Newton's method from above. */
function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** @param x not negative */
export const sqrt = (x: bigint): bigint => integerRoot(x << FRACTION_BITS);

/** e^x for x <= 0: 2^k e^r with 0 <= r < ln 2, e^r by its series. */
export function expOfNegative(x: bigint): bigint {
  assert(x <= 0n, 'x <= 0');
  const k = floorDiv(x, LN_2);
  if (k < -40n) return 0n;
  const r = x - k * LN_2;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; n <= EXP_TERMS; n += 1n) {
    term = mul(term, r) / n;
    sum += term;
  }
  return sum >> -k;
}

/** log2 of a positive integer, bit by bit: the square of a number in [1, 2) says the next one. */
export function log2OfInteger(n: bigint): bigint {
  assert(n > 0n, 'n > 0');
  const whole = BigInt(n.toString(2).length - 1);
  // The mantissa in [1, 2).
  let x = whole >= FRACTION_BITS ? n >> (whole - FRACTION_BITS) : n << (FRACTION_BITS - whole);
  let log = whole;
  for (let bit = 0n; bit < LOG_BITS; bit += 1n) {
    x = (x * x) >> FRACTION_BITS;
    log <<= 1n;
    if (x < ONE << 1n) continue;
    log |= 1n;
    x >>= 1n;
  }
  return log;
}
