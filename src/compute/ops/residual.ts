/**
 * Residual addition and its backward, which is an accumulation.
 *   y = a + b;   da = dy, db = dy;   elementwise, one f32 rounding each
 */

export function add(y: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < y.length; i += 1) y[i] = a[i]! + b[i]!;
}

/** y += b. */
export function accumulate(y: Float32Array, b: Float32Array): void {
  for (let i = 0; i < y.length; i += 1) y[i]! += b[i]!;
}
