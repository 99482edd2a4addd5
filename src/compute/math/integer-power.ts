/**
 * base^n for a whole n >= 0 by squaring, most significant bit last; a fixed order of products, so
 * the same bits everywhere, unlike Math.pow. Used for Adam's bias correction.
 */
export function integerPower(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
