/**
 * The nearest whole number, halves to the even one, for |x| < 2^51 (IEEE roundToIntegralTiesToEven,
 * as torch.round): adding 1.5 * 2^52 leaves no bits for a fraction, so the addition itself rounds.
 */
const SHIFT = 6755399441055744;

export function roundHalfEven(x: number): number {
  return x + SHIFT - SHIFT;
}
