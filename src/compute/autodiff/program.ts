/**
 * A graph bound to memory: one allocation, and every pass a closure over its places. Running it
 * again allocates nothing. Results are valid until the next run.
 */
import type { Backend } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';
import { placeBuffers } from './arena.ts';
import { Binder } from './binder.ts';
import type { Binding, BoundGradient } from './binder.ts';
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
  /** Overwrite, unless a run accumulates. */
  readonly #firsts: readonly BoundGradient<Numbers>[];
  readonly #seed: Float32Array | null;

  constructor(graph: Graph, options: ProgramOptions) {
    const { loss = null, results = [] } = options;
    const plan = schedule(graph, loss, results);
    const arena = placeBuffers(plan.buffers);
    const memory = options.backend.alloc(arena.bytes / 4);
    const view = (buffer: Buffer): Numbers => viewOf(memory, arena.offsetOf(buffer), buffer);
    const leaves = leavesOf(graph, plan, options);
    const binder = new Binder<Numbers>(graph, plan, (value) => leaves.get(value)!, view);
    const constant = constantsOf(options.backend);
    const bound = new Map<Binding<Numbers>, { places: Places; passes: Passes }>();
    const boundOf = (node: OpNode, again: boolean): { places: Places; passes: Passes } => {
      const binding = binder.bindingOf(node, again);
      const known = bound.get(binding);
      if (known !== undefined) return known;
      const places = placesOf(options.backend, constant, binding);
      const made = { places, passes: node.op.bind(places) };
      bound.set(binding, made);
      return made;
    };
    const passes = plan.steps.map(({ pass, node, again }): BoundPass => {
      const { places, passes: both } = boundOf(node, again);
      const run = pass === 'forward' ? () => both.forward() : () => both.backward();
      return { pass, node, places, run };
    });
    this.bytes = arena.bytes;
    this.forwardPasses = passes.slice(0, plan.backwardFrom);
    this.backwardPasses = passes.slice(plan.backwardFrom);
    this.#firsts = binder.firsts;
    this.#seed = loss === null ? null : seedOf(plan, loss, view);
    this.#values = new Map(
      [...results, ...(loss === null ? [] : [loss])].map((value) => [
        value,
        floats(binder.valueOf(value, false)),
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

type Numbers = Float32Array | Float64Array;

/** Values are f32; only what operations keep for themselves may be f64. */
const floats = (numbers: Numbers | null): Float32Array =>
  (numbers ?? new Float32Array(0)) as Float32Array;

/** An operation's own numbers, laid into the backend's memory once a program. */
function constantsOf(backend: Backend): Places['constant'] {
  const known = new Map<Float32Array, Float32Array>();
  return (numbers) => {
    const placed = known.get(numbers) ?? backend.alloc(numbers.length);
    if (!known.has(numbers)) placed.set(numbers);
    known.set(numbers, placed);
    return placed;
  };
}

function placesOf(
  backend: Backend,
  constant: Places['constant'],
  binding: Binding<Numbers>,
): Places {
  return {
    backend,
    constant,
    inputs: binding.inputs.map(floats),
    result: floats(binding.result),
    gradients: binding.gradients as readonly (Gradient | null)[],
    resultGradient: floats(binding.resultGradient),
    kept: binding.kept,
    forwardScratch: binding.forwardScratch,
    scratch: binding.scratch,
  };
}

/** Every leaf as the caller gives it, its lengths checked. */
function leavesOf(graph: Graph, plan: Schedule, options: ProgramOptions): Map<Value, Leaf> {
  const leaves = new Map<Value, Leaf>();
  for (const { value, op } of graph.nodes) {
    if (op !== null) continue;
    const leaf = options.leaf(value);
    const length = elementCount(value.shape);
    invariant(leaf.data.length === length, `a leaf of ${length} floats`);
    const wanted = plan.reached(value);
    invariant(!wanted || leaf.gradient?.length === length, `a gradient of ${length} floats`);
    leaves.set(value, leaf);
  }
  return leaves;
}

function seedOf(plan: Schedule, loss: Value, view: (buffer: Buffer) => Numbers): Float32Array {
  const buffer = plan.gradient(loss);
  return buffer === undefined ? new Float32Array(1) : floats(view(buffer));
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
