/**
 * The decimal of an f32: its own where that has at most nine characters, else the one of fewest digits
 * that reads back as it, in JavaScript's spelling, which is JSON. It does so in either manner of reading, rounded to f64 and then to f32, or straight to f32:
 * a decimal whose f64 lies exactly between two f32 is passed over, because the two could differ there.
 */

/** `x` is a finite f32. Minus zero is "-0". */
export function decimalOf(x: number): string {
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  // Whole numbers and short fractions, which are common, need no search.
  const exact = String(x);
  if (exact.length <= 9) return exact;
  for (let digits = 1; digits <= 9; digits += 1) {
    const near = Number(x.toPrecision(digits));
    if (Math.fround(near) === x && !isMidpoint(near, x)) return String(near);
  }
  return exact;
}

/** Whether `near`, which rounds to the f32 `x`, lies halfway to a neighbour of `x`. */
function isMidpoint(near: number, x: number): boolean {
  const mirrored = 2 * near - x;
  return mirrored !== x && Math.fround(mirrored) === mirrored;
}
