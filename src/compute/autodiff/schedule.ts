/**
 * The order in which a graph's passes run, and how long each of their buffers is needed. Steps are
 * numbered from 0: all forward passes in the order of recording, then the backward passes of what
 * the loss depends on in the reverse order, before each checkpointed segment its forward passes
 * again. Invariant: every buffer is written at its first step before anything reads it.
 */
import { invariant } from '../invariant.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Graph, Node } from './graph.ts';
import type { Value } from './value.ts';
import type { Block, Op, PlaceName } from './op.ts';

export interface Step {
  readonly pass: 'forward' | 'backward';
  readonly node: OpNode;
  /** The second time that a checkpointed operation runs forward, and its backward pass. */
  readonly again: boolean;
}

export type OpNode = Node & { readonly op: Op };

/** Storage that the program places; leaves bring their own. */
export interface Buffer {
  readonly block: Block;
  /** Step that writes it first. */
  first: number;
  /** Step that uses it last. */
  last: number;
  /** Whose storage it may take over at its first step. */
  readonly over: Buffer[];
}

export interface Schedule {
  readonly steps: readonly Step[];
  /** Number of forward steps of the first time round: backward begins here. */
  readonly backwardFrom: number;
  /** A computed value's storage; `again`: when it was computed a second time. */
  value(value: Value, again: boolean): Buffer | undefined;
  /** A computed value's gradient, where one reaches it. */
  gradient(value: Value): Buffer | undefined;
  kept(node: OpNode, again: boolean): readonly Buffer[];
  forwardScratch(node: OpNode, again: boolean): readonly Buffer[];
  scratch(node: OpNode): readonly Buffer[];
  readonly buffers: readonly Buffer[];
  /** Values that a gradient of the loss reaches, leaves among them. */
  reached(value: Value): boolean;
}

/**
 * @param loss a scalar, or null for a program without a backward pass
 * @param results what is read after the last step
 */
export function schedule(graph: Graph, loss: Value | null, results: readonly Value[]): Schedule {
  const nodes = graph.nodes;
  const forward = nodes.filter((node): node is OpNode => node.op !== null);
  const reached = lossDependsOn(nodes, loss);
  const steps = stepsOf(forward, reached, loss !== null);
  const book = new BufferBook(nodes, loss === null ? null : forward.length);
  steps.forEach((step, at) => {
    if (step.pass === 'forward') book.noteForward(step, at);
    else book.noteBackward(step, at, reached);
  });
  for (const value of loss === null ? results : [...results, loss]) book.keepToTheEnd(value);
  steps.forEach((step) => book.noteReuses(step));
  return {
    steps,
    backwardFrom: forward.length,
    value: (value, again) => book.values.get(key(value.id, again)),
    gradient: (value) => book.gradients.get(value.id),
    kept: (node, again) => book.kept.get(key(node.value.id, again)) ?? [],
    forwardScratch: (node, again) => book.forwardScratch.get(key(node.value.id, again)) ?? [],
    scratch: (node) => book.scratch.get(node.value.id) ?? [],
    buffers: book.all,
    reached: (value) => reached.has(value.id),
  };
}

/** Ids of differentiable values that the loss depends on. */
function lossDependsOn(nodes: readonly Node[], loss: Value | null): ReadonlySet<number> {
  const reached = new Set<number>();
  if (loss === null || !loss.differentiable) return reached;
  invariant(elementCount(loss.shape) === 1, 'a loss is one number');
  reached.add(loss.id);
  for (let id = loss.id; id >= 0; id -= 1) {
    if (!reached.has(id)) continue;
    for (const input of nodes[id]!.op?.inputs ?? [])
      if (input.differentiable) reached.add(input.id);
  }
  return reached;
}

function stepsOf(
  forward: readonly OpNode[],
  reached: ReadonlySet<number>,
  differentiate: boolean,
): Step[] {
  const steps: Step[] = forward.map((node) => ({ pass: 'forward', node, again: false }));
  if (!differentiate) return steps;
  const recomputed = new Set<number>();
  for (const node of forward.toReversed()) {
    if (!reached.has(node.value.id)) continue;
    const { segment } = node;
    if (segment !== null && !recomputed.has(segment)) {
      recomputed.add(segment);
      for (const other of forward)
        if (other.segment === segment) steps.push({ pass: 'forward', node: other, again: true });
    }
    steps.push({ pass: 'backward', node, again: segment !== null });
  }
  return steps;
}

const key = (id: number, again: boolean): string => (again ? `${id} again` : String(id));

class BufferBook {
  readonly values = new Map<string, Buffer>();
  readonly gradients = new Map<number, Buffer>();
  readonly kept = new Map<string, Buffer[]>();
  readonly forwardScratch = new Map<string, Buffer[]>();
  readonly scratch = new Map<number, Buffer[]>();
  readonly all: Buffer[] = [];
  readonly #nodes: readonly Node[];
  /** The first step after the forward passes; null: there is no backward pass. */
  readonly #backwardFrom: number | null;
  #end = 0;

  constructor(nodes: readonly Node[], backwardFrom: number | null) {
    this.#nodes = nodes;
    this.#backwardFrom = backwardFrom;
  }

  noteForward({ node, again }: Step, at: number): void {
    this.#end = at;
    for (const input of node.op.inputs) this.#read(input, node, again, at);
    const { value, op } = node;
    this.values.set(key(value.id, again), this.#open({ type: 'f32', length: size(value) }, at));
    const open = (block: Block): Buffer => this.#open(block, at);
    this.kept.set(key(value.id, again), (op.kept ?? []).map(open));
    this.forwardScratch.set(key(value.id, again), (op.forwardScratch ?? []).map(open));
  }

  noteBackward({ node, again }: Step, at: number, reached: ReadonlySet<number>): void {
    this.#end = at;
    const { value, op } = node;
    for (const index of op.rereads ?? []) this.#read(op.inputs[index]!, node, again, at);
    if (op.rereadsResult === true) touch(this.values.get(key(value.id, again)), at);
    for (const buffer of this.kept.get(key(value.id, again)) ?? []) touch(buffer, at);
    this.scratch.set(
      value.id,
      (op.scratch ?? []).map((block) => this.#open(block, at)),
    );
    // Only the loss has no user that opened it: its gradient is written before all steps.
    const own = this.gradients.get(value.id) ?? this.#openGradient(value, this.#backwardFrom);
    touch(own, at);
    for (const input of op.inputs) {
      if (!reached.has(input.id) || this.#nodes[input.id]!.op === null) continue;
      touch(this.gradients.get(input.id) ?? this.#openGradient(input, at), at);
    }
  }

  keepToTheEnd(value: Value): void {
    touch(this.values.get(key(value.id, false)), this.#end);
  }

  /** Last of all, when every buffer's last step is known. */
  noteReuses({ pass, node, again }: Step): void {
    for (const { place, over } of node.op.reuses ?? []) {
      const here = this.#at(place, node, again);
      const there = this.#at(over, node, again);
      const writes = place.of === 'kept' ? 'forward' : 'backward';
      if (pass !== writes || here === undefined || there === undefined) continue;
      here.over.push(there);
    }
  }

  #at(place: PlaceName, node: OpNode, again: boolean): Buffer | undefined {
    const { value, op } = node;
    if (place.of === 'resultGradient') return this.gradients.get(value.id);
    if (place.of === 'kept') return this.kept.get(key(value.id, again))?.[place.index];
    const input = op.inputs[place.index]!;
    // Twice the same input: the second reading would find the first one's gradient.
    if (op.inputs.filter((other) => other === input).length > 1) return undefined;
    if (place.of === 'gradient') return this.gradients.get(input.id);
    return this.#valueFor(input, node, again);
  }

  #read(input: Value, reader: Node, again: boolean, at: number): void {
    touch(this.#valueFor(input, reader, again), at);
  }

  /** Inside a segment that runs again its own values do; what comes from outside was kept. */
  #valueFor(input: Value, reader: Node, again: boolean): Buffer | undefined {
    const sameSegment = again && this.#nodes[input.id]!.segment === reader.segment;
    return this.values.get(key(input.id, sameSegment));
  }

  #openGradient(value: Value, at: number | null): Buffer {
    invariant(at !== null, 'no gradients in a program without a loss');
    const buffer = this.#open({ type: 'f32', length: size(value) }, at);
    this.gradients.set(value.id, buffer);
    return buffer;
  }

  #open(block: Block, at: number): Buffer {
    const buffer: Buffer = { block, first: at, last: at, over: [] };
    this.all.push(buffer);
    return buffer;
  }
}

const size = (value: Value): number => elementCount(value.shape);

function touch(buffer: Buffer | undefined, at: number): void {
  if (buffer !== undefined) buffer.last = Math.max(buffer.last, at);
}
