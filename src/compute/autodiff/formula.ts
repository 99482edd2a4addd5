/**
 * What an operation computes, as data: enough for an executor that has kernels of its own (a
 * device's) to run both passes without the operation's loops. The formulas and shapes stand in the
 * operation's file. Arrays are host memory that the caller fills before a run, or tables that never
 * change. An operation without one runs only where its own loops do.
 */
export type Formula =
  | { readonly of: 'add' }
  | {
      readonly of: 'linear';
      readonly rows: number;
      readonly inputs: number;
      readonly outputs: number;
    }
  | { readonly of: 'embedding'; readonly tokens: Uint16Array; readonly width: number }
  | { readonly of: 'rmsnorm'; readonly rows: number; readonly width: number; readonly eps: number }
  | { readonly of: 'swiglu' }
  | { readonly of: 'split heads' | 'merge heads'; readonly heads: HeadLayout }
  | {
      readonly of: 'rope';
      readonly heads: HeadLayout;
      readonly cos: Float32Array;
      readonly sin: Float32Array;
    }
  | {
      readonly of: 'attention';
      readonly matrices: number;
      readonly length: number;
      readonly headWidth: number;
    }
  | {
      readonly of: 'cross-entropy';
      readonly rows: number;
      readonly classes: number;
      readonly targets: Uint16Array;
    };

/** (B, T, H d) beside (B, H, T, d). */
export interface HeadLayout {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly headWidth: number;
}
