/** Mean and standard deviation of values, f64, in the order given. */

/** 0 for none. */
export function meanOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

/** sqrt(sum (x - mean)^2 / (n - 1)); 0 for fewer than two. */
export function deviationOf(values: Float32Array, mean: number): number {
  if (values.length < 2) return 0;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    const distance = values[i]! - mean;
    sum += distance * distance;
  }
  return Math.sqrt(sum / (values.length - 1));
}
