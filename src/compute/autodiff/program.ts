/**
 * A graph bound to memory: one allocation, and every pass a closure over its places. Running it
 * again allocates nothing. Results are valid until the next run.
 */
import type { Backend } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';
import { placeBuffers } from './arena.ts';
import type { Graph } from './graph.ts';
import type { Value } from './value.ts';
import type { Gradient } from './gradient.ts';
import type { Passes, Places } from './op.ts';
import { schedule } from './schedule.ts';
import type { Buffer, OpNode, Schedule } from './schedule.ts';

/** The numbers of a leaf, which the caller owns. */
export interface Leaf {
  readonly data: Float32Array;
  /** Where the gradient of a parameter goes; only constants lack one. */
  readonly gradient?: Float32Array;
}

export interface ProgramOptions {
  readonly backend: Backend;
  /** A scalar to differentiate; without it there is no backward pass. */
  readonly loss?: Value;
  /** Values that are read after a run. */
  readonly results?: readonly Value[];
  readonly leaf: (value: Value) => Leaf;
}

export interface BackwardOptions {
  /** dL/dL: 1, or a loss scale. */
  readonly seed?: number;
  /** Add to the gradients of the parameters instead of overwriting them: the next micro-batch. */
  readonly accumulate?: boolean;
}

/** A gradient whose first contribution overwrites, unless a run accumulates. */
interface LeafGradient extends Gradient {
  accumulate: boolean;
}

/** One pass of one operation, bound to its places. */
export interface BoundPass {
  readonly pass: 'forward' | 'backward';
  readonly node: OpNode;
  readonly places: Places;
  run(): void | Promise<void>;
}

export class Program {
  /** Of the memory that the program's values share; leaves not counted. */
  readonly bytes: number;
  /** In the order in which they run; for who looks at each of them (disputes/). */
  readonly forwardPasses: readonly BoundPass[];
  readonly backwardPasses: readonly BoundPass[];
  readonly #values: ReadonlyMap<Value, Float32Array>;
  readonly #firsts: readonly LeafGradient[];
  readonly #seed: Float32Array | null;

  constructor(graph: Graph, options: ProgramOptions) {
    const { loss = null, results = [] } = options;
    const plan = schedule(graph, loss, results);
    const arena = placeBuffers(plan.buffers);
    const memory = options.backend.alloc(arena.bytes / 4);
    const binder = new Binder(graph, plan, options, (buffer) =>
      viewOf(memory, arena.offsetOf(buffer), buffer),
    );
    const passes = plan.steps.map(({ pass, node, again }): BoundPass => {
      const { places, passes: bound } = binder.boundOf(node, again);
      const run = pass === 'forward' ? () => bound.forward() : () => bound.backward();
      return { pass, node, places, run };
    });
    this.bytes = arena.bytes;
    this.forwardPasses = passes.slice(0, plan.backwardFrom);
    this.backwardPasses = passes.slice(plan.backwardFrom);
    this.#firsts = binder.firsts;
    this.#seed = loss === null ? null : binder.seed(loss);
    this.#values = new Map(
      [...results, ...(loss === null ? [] : [loss])].map((value) => [
        value,
        binder.valueOf(value, false),
      ]),
    );
  }

  async forward(): Promise<void> {
    for (const pass of this.forwardPasses) {
      const pending = pass.run();
      if (pending !== undefined) await pending;
    }
  }

  /** After `forward`: fills the gradient of every parameter that the loss depends on. */
  async backward(options: BackwardOptions = {}): Promise<void> {
    this.beginBackward(options);
    for (const pass of this.backwardPasses) {
      const pending = pass.run();
      if (pending !== undefined) await pending;
    }
  }

  /** What `backward` does before its passes. */
  beginBackward({ seed = 1, accumulate = false }: BackwardOptions = {}): void {
    invariant(this.#seed !== null, 'a program with a loss');
    this.#seed[0] = seed;
    for (const first of this.#firsts) first.accumulate = accumulate;
  }

  /** The numbers of a result, or of the loss, as the last run left them. */
  read(value: Value): Float32Array {
    const data = this.#values.get(value);
    invariant(data !== undefined, 'one of the results asked for');
    return data;
  }
}

interface Bound {
  readonly places: Places;
  readonly passes: Passes;
}

class Binder {
  /** The first contribution to each parameter's gradient. */
  readonly firsts: LeafGradient[] = [];
  readonly #graph: Graph;
  readonly #plan: Schedule;
  readonly #options: ProgramOptions;
  readonly #view: (buffer: Buffer) => Float32Array | Float64Array;
  readonly #leaves = new Map<Value, Leaf>();
  readonly #contributed = new Set<Value>();
  readonly #constants = new Map<Float32Array, Float32Array>();
  readonly #bound = new Map<string, Bound>();

  constructor(
    graph: Graph,
    plan: Schedule,
    options: ProgramOptions,
    view: (buffer: Buffer) => Float32Array | Float64Array,
  ) {
    this.#graph = graph;
    this.#plan = plan;
    this.#options = options;
    this.#view = view;
    for (const { value, op } of graph.nodes) if (op === null) this.#takeLeaf(value);
    // Contributions are counted in the order in which they will be made.
    for (const { pass, node, again } of plan.steps)
      if (pass === 'backward') this.#bind(node, again, true);
    for (const { node, again } of plan.steps) this.#bind(node, again, false);
  }

  boundOf(node: OpNode, again: boolean): Bound {
    return this.#bound.get(`${node.value.id} ${again}`)!;
  }

  valueOf(value: Value, again: boolean): Float32Array {
    const leaf = this.#leaves.get(value);
    if (leaf !== undefined) return leaf.data;
    return this.#view(this.#plan.value(value, again)!) as Float32Array;
  }

  seed(loss: Value): Float32Array {
    const buffer = this.#plan.gradient(loss);
    return buffer === undefined ? new Float32Array(1) : (this.#view(buffer) as Float32Array);
  }

  #takeLeaf(value: Value): void {
    const leaf = this.#options.leaf(value);
    const length = elementCount(value.shape);
    invariant(leaf.data.length === length, `a leaf of ${length} floats`);
    const wanted = this.#plan.reached(value);
    invariant(!wanted || leaf.gradient?.length === length, `a gradient of ${length} floats`);
    this.#leaves.set(value, leaf);
  }

  #bind(node: OpNode, again: boolean, differentiates: boolean): void {
    const name = `${node.value.id} ${again}`;
    if (this.#bound.has(name)) return;
    const { op, value, segment } = node;
    const inSegment = (input: Value): boolean =>
      again && this.#graph.nodes[input.id]!.segment === segment;
    const views = (buffers: readonly Buffer[]): (Float32Array | Float64Array)[] =>
      buffers.map((buffer) => this.#view(buffer));
    const gradient = differentiates ? this.#plan.gradient(value) : undefined;
    const places: Places = {
      backend: this.#options.backend,
      constant: (numbers) => this.#constant(numbers),
      inputs: op.inputs.map((input) => this.valueOf(input, inSegment(input))),
      result: this.valueOf(value, again),
      gradients: op.inputs.map((input) => (differentiates ? this.#gradientOf(input) : null)),
      resultGradient:
        gradient === undefined ? new Float32Array(0) : (this.#view(gradient) as Float32Array),
      kept: views(this.#plan.kept(node, again)),
      forwardScratch: views(this.#plan.forwardScratch(node, again)),
      scratch: differentiates ? views(this.#plan.scratch(node)) : [],
    };
    this.#bound.set(name, { places, passes: op.bind(places) });
  }

  #constant(numbers: Float32Array): Float32Array {
    const known = this.#constants.get(numbers);
    if (known !== undefined) return known;
    const placed = this.#options.backend.alloc(numbers.length);
    placed.set(numbers);
    this.#constants.set(numbers, placed);
    return placed;
  }

  #gradientOf(input: Value): Gradient | null {
    if (!this.#plan.reached(input)) return null;
    const isFirst = !this.#contributed.has(input);
    this.#contributed.add(input);
    const leaf = this.#leaves.get(input);
    const data = leaf?.gradient ?? (this.#view(this.#plan.gradient(input)!) as Float32Array);
    const gradient: LeafGradient = { data, accumulate: !isFirst };
    if (leaf !== undefined && isFirst) this.firsts.push(gradient);
    return gradient;
  }
}

function viewOf(
  memory: Float32Array,
  offset: number,
  { block }: Buffer,
): Float32Array | Float64Array {
  const at = memory.byteOffset + offset;
  return block.type === 'f64'
    ? new Float64Array(memory.buffer, at, block.length)
    : new Float32Array(memory.buffer, at, block.length);
}
