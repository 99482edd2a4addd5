/**
 * Which storage each operation of a schedule reads and writes, whatever storage is: arrays of the
 * host, ranges of a device's buffers. Invariant: of several contributions to a gradient the one that
 * runs first overwrites and the others add.
 */
import { invariant } from '../invariant.ts';
import type { Graph } from './graph.ts';
import type { Value } from './value.ts';
import type { Buffer, OpNode, Schedule } from './schedule.ts';

/** Storage of a leaf, which the caller owns. */
export interface LeafStorage<S> {
  readonly data: S;
  /** Where the gradient of a parameter goes; only constants lack one. */
  readonly gradient?: S;
}

export interface BoundGradient<S> {
  readonly data: S;
  accumulate: boolean;
}

/** An operation's places, as op.ts describes them. */
export interface Binding<S> {
  readonly inputs: readonly S[];
  readonly result: S;
  readonly gradients: readonly (BoundGradient<S> | null)[];
  /** Null: no backward pass. */
  readonly resultGradient: S | null;
  readonly kept: readonly S[];
  readonly forwardScratch: readonly S[];
  readonly scratch: readonly S[];
}

export class Binder<S> {
  /** The first contribution to each parameter's gradient. */
  readonly firsts: BoundGradient<S>[] = [];
  readonly #graph: Graph;
  readonly #plan: Schedule;
  readonly #leaf: (value: Value) => LeafStorage<S>;
  readonly #place: (buffer: Buffer) => S;
  readonly #leaves = new Map<Value, LeafStorage<S>>();
  readonly #contributed = new Set<Value>();
  readonly #bindings = new Map<string, Binding<S>>();

  constructor(
    graph: Graph,
    plan: Schedule,
    leaf: (value: Value) => LeafStorage<S>,
    place: (buffer: Buffer) => S,
  ) {
    this.#graph = graph;
    this.#plan = plan;
    this.#leaf = leaf;
    this.#place = place;
    // Contributions are counted in the order in which they will be made.
    for (const { pass, node, again } of plan.steps)
      if (pass === 'backward') this.#bind(node, again, true);
    for (const { node, again } of plan.steps) this.#bind(node, again, false);
  }

  bindingOf(node: OpNode, again: boolean): Binding<S> {
    const binding = this.#bindings.get(nameOf(node, again));
    invariant(binding !== undefined, 'an operation of this schedule');
    return binding;
  }

  valueOf(value: Value, again: boolean): S {
    if (this.#graph.nodes[value.id]!.op === null) return this.#leafOf(value).data;
    return this.#place(this.#plan.value(value, again)!);
  }

  #leafOf(value: Value): LeafStorage<S> {
    const known = this.#leaves.get(value);
    if (known !== undefined) return known;
    const leaf = this.#leaf(value);
    this.#leaves.set(value, leaf);
    return leaf;
  }

  #bind(node: OpNode, again: boolean, differentiates: boolean): void {
    const name = nameOf(node, again);
    if (this.#bindings.has(name)) return;
    const { op, value, segment } = node;
    const inSegment = (input: Value): boolean =>
      again && this.#graph.nodes[input.id]!.segment === segment;
    const gradient = differentiates ? this.#plan.gradient(value) : undefined;
    this.#bindings.set(name, {
      inputs: op.inputs.map((input) => this.valueOf(input, inSegment(input))),
      result: this.valueOf(value, again),
      gradients: op.inputs.map((input) => (differentiates ? this.#gradientOf(input) : null)),
      resultGradient: gradient === undefined ? null : this.#place(gradient),
      kept: this.#plan.kept(node, again).map(this.#place),
      forwardScratch: this.#plan.forwardScratch(node, again).map(this.#place),
      scratch: differentiates ? this.#plan.scratch(node).map(this.#place) : [],
    });
  }

  #gradientOf(input: Value): BoundGradient<S> | null {
    if (!this.#plan.reached(input)) return null;
    const isFirst = !this.#contributed.has(input);
    this.#contributed.add(input);
    const isLeaf = this.#graph.nodes[input.id]!.op === null;
    const data = isLeaf ? this.#leafOf(input).gradient : this.#place(this.#plan.gradient(input)!);
    invariant(data !== undefined, 'a parameter brings storage for its gradient');
    const gradient = { data, accumulate: !isFirst };
    if (isLeaf && isFirst) this.firsts.push(gradient);
    return gradient;
  }
}

const nameOf = (node: OpNode, again: boolean): string => `${node.value.id} ${again}`;
