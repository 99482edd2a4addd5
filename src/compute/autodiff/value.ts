/** The handle under which graphs, operations and programs speak of a tensor. */
import type { Shape } from '../tensors/tensor.ts';

/** A tensor that a program will hold: an identity and a shape. */
export interface Value {
  /** Place among its graph's nodes. */
  readonly id: number;
  readonly shape: Shape;
  /** Whether a gradient reaches it. */
  readonly differentiable: boolean;
}
