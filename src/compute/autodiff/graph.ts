/**
 * A computation written down before it runs: operations over tensors of known shapes, in the order
 * in which they were recorded. From it compile.ts makes a program that allocates once and then runs
 * step after step. Nothing here holds numbers.
 *
 * Gradients flow against the order of recording: where a value is used several times, the last use
 * contributes first. A sum of floats depends on its order, so recording is part of the bits.
 */
import { invariant } from '../invariant.ts';
import type { Shape } from '../tensors/tensor.ts';
import type { Op } from './op.ts';
import type { Value } from './value.ts';

/** What makes a value: an operation, or nothing where the program is given it. */
export interface Node {
  readonly value: Value;
  /** Null: a leaf. */
  readonly op: Op | null;
  /** What is recomputed together before its backward pass; null: what is kept. */
  readonly segment: number | null;
}

export class Graph {
  readonly #nodes: Node[] = [];
  #segments = 0;
  #segment: number | null = null;
  #frozen = false;

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** A leaf whose gradient is wanted. */
  parameter(shape: Shape): Value {
    return this.#add(shape, !this.#frozen, null);
  }

  /** A leaf that is only read. */
  constant(shape: Shape): Value {
    return this.#add(shape, false, null);
  }

  /** Records an operation and answers its result. */
  apply(op: Op): Value {
    for (const input of op.inputs)
      invariant(
        this.#nodes[input.id]?.value === input,
        `${op.name} takes a value of another graph`,
      );
    const differentiable = !this.#frozen && op.inputs.some((input) => input.differentiable);
    return this.#add(op.shape, differentiable, op);
  }

  /** Records without gradients: what is made inside is a constant to what comes after. */
  withoutGradients<T>(record: () => T): T {
    const before = this.#frozen;
    this.#frozen = true;
    try {
      return record();
    } finally {
      this.#frozen = before;
    }
  }

  /**
   * Activation checkpointing (Chen et al. 2016): of what is recorded inside, only what is used
   * outside is kept; the rest is computed a second time before its backward pass, to the same bits.
   */
  checkpoint<T>(record: () => T): T {
    invariant(this.#segment === null, 'a checkpoint inside a checkpoint');
    this.#segment = this.#segments++;
    try {
      return record();
    } finally {
      this.#segment = null;
    }
  }

  #add(shape: Shape, differentiable: boolean, op: Op | null): Value {
    const value: Value = { id: this.#nodes.length, shape, differentiable };
    this.#nodes.push({ value, op, segment: op === null ? null : this.#segment });
    return value;
  }
}
