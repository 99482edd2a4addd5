/** Where a backward pass puts what it finds, shared by operations and kernels. */
export interface Gradient {
  readonly data: Float32Array;
  /** Add to what is there; else overwrite it. May change from run to run. */
  readonly accumulate: boolean;
}
