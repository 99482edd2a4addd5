/**
 * One differentiable operation, as its file in `ops/` declares it: what it takes and makes, what its
 * backward pass reads again, and the two passes once they are bound to memory. Which memory that is
 * is planned for the whole program (schedule.ts, arena.ts), so an operation names all it needs.
 */
import type { Backend } from '../backend.ts';
import type { Shape } from '../tensors/tensor.ts';
import type { Formula } from './formula.ts';
import type { Gradient } from './gradient.ts';
import type { Value } from './value.ts';

export interface Op {
  /** For people. */
  readonly name: string;
  readonly inputs: readonly Value[];
  /** Of the result. */
  readonly shape: Shape;
  /** Which inputs the backward pass reads, by index; none unless said. */
  readonly rereads?: readonly number[];
  /** Whether the backward pass reads the result. */
  readonly rereadsResult?: boolean;
  /** Storage that the forward pass fills for the backward pass. */
  readonly kept?: readonly Block[];
  /** Storage for the length of a forward pass. */
  readonly forwardScratch?: readonly Block[];
  /** Storage for the length of a backward pass. */
  readonly scratch?: readonly Block[];
  /** What may lie where something else has lain, if nobody needs that any more. */
  readonly reuses?: readonly Reuse[];
  /** For executors with kernels of their own. */
  readonly formula?: Formula;
  bind(places: Places): Passes;
}

export interface Block {
  readonly type: 'f32' | 'f64';
  readonly length: number;
}

/** One of an operation's places: an input, its gradient, kept storage, or the result's gradient. */
export type PlaceName =
  | { readonly of: 'input' | 'gradient' | 'kept'; readonly index: number }
  | { readonly of: 'resultGradient' };

/** `place` is written no earlier than `over` has been read, element by element. */
export interface Reuse {
  readonly place: PlaceName;
  readonly over: PlaceName;
}

export interface Places {
  readonly backend: Backend;
  /** Numbers of the operation's own where the backend reads them fastest; one copy a program. */
  constant(numbers: Float32Array): Float32Array;
  readonly inputs: readonly Float32Array[];
  readonly result: Float32Array;
  /** Where the gradient of each input goes; null: nobody wants it. */
  readonly gradients: readonly (Gradient | null)[];
  /** dL/d result; empty in a program without a backward pass. */
  readonly resultGradient: Float32Array;
  readonly kept: readonly (Float32Array | Float64Array)[];
  readonly forwardScratch: readonly (Float32Array | Float64Array)[];
  readonly scratch: readonly (Float32Array | Float64Array)[];
}

export interface Passes {
  forward(): void | Promise<void>;
  backward(): void | Promise<void>;
}
