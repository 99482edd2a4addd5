/**
 * The compute backend port: dense kernels over row-major, contiguous Float32Array storage.
 *
 * `exact` backends produce the same bits on every machine and thread count: each output element of
 * a product is the sum over k ascending of fround(a*b), each partial sum rounded to f32, starting
 * from +0 (or from the old value of C where `accumulate`). No fused multiply-add, no reassociation.
 * `tolerant` backends may differ in the last bits; contributions computed on them are judged within
 * declared bounds, never by digest.
 *
 * Methods may return a promise: a device backend has to, a CPU backend does not. Callers await.
 */
import type { ComputeDevice } from './device/compute-device.ts';
import type { Kernels } from './kernels.ts';

export type ComputeClass = 'exact' | 'tolerant';
export type BackendName = 'reference' | 'blas' | 'exact' | 'gpu';

/** C (m, n) = op(A) (m, k) . op(B) (k, n) [+ C]; op is transpose where the flag says so. */
export interface Gemm {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** (m, k), or (k, m) when transA. */
  readonly a: Float32Array;
  /** (k, n), or (n, k) when transB. */
  readonly b: Float32Array;
  /** (m, n) */
  readonly c: Float32Array;
  /** Add to what C holds instead of overwriting it. */
  readonly accumulate: boolean;
}

/** `batch` independent products over consecutive matrices of a, b and c. */
export interface BatchedGemm extends Gemm {
  readonly batch: number;
}

export interface Backend {
  readonly name: BackendName;
  readonly computeClass: ComputeClass;
  /** Threads the kernels use, 1 or more. Never changes a bit of an exact backend's results. */
  readonly threads: number;
  /** What it runs on, for people: "WASM SIMD128, 2 threads". */
  readonly description: string;
  /**
   * Zeroed storage of `length` floats where the backend's kernels read it fastest (its own linear
   * memory, say). Any Float32Array is accepted by the kernels; those from here are never copied.
   */
  alloc(length: number): Float32Array;
  /** Forget every array from `alloc`; using one afterwards is a bug. */
  reset(): void;
  /** Everything else; on an exact backend with the bits of the operations' own loops. */
  readonly kernels: Kernels;
  /** Where whole training steps run instead of on the kernels (device/); none on a CPU backend. */
  readonly device?: ComputeDevice;
  gemm(op: Gemm): void | Promise<void>;
  gemmBatched(op: BatchedGemm): void | Promise<void>;
  /** Stop threads, free devices. */
  close(): Promise<void>;
}
