/**
 * A graph as kernels on a device: the schedule is the one that programs on the host follow, its
 * buffers are the device's, and a pass is the kernels of its operation's formula.
 */
import { Binder } from '../autodiff/binder.ts';
import type { LeafStorage } from '../autodiff/binder.ts';
import type { Graph } from '../autodiff/graph.ts';
import { schedule } from '../autodiff/schedule.ts';
import type { Value } from '../autodiff/value.ts';
import { placeOnDevice } from './device-memory.ts';
import type { DeviceMemory } from './device-memory.ts';
import { HostInputs } from './host-inputs.ts';
import type { Kernel, Slice } from './kernel.ts';
import { fill } from './kernels/elementwise.ts';
import { backwardKernels, formulaOf, forwardKernels } from './pass-kernels.ts';

export interface DeviceProgramOptions {
  readonly memory: DeviceMemory;
  /** A scalar to differentiate; without it there is no backward pass. */
  readonly loss?: Value;
  /** Values that are read after a run. */
  readonly results?: readonly Value[];
  readonly leaf: (value: Value) => LeafStorage<Slice>;
}

export interface DeviceProgram {
  /** Forward, then backward if there is a loss; in order. */
  readonly kernels: readonly Kernel[];
  readonly host: HostInputs;
  /** Where a result, or the loss, lies after a run. */
  sliceOf(value: Value): Slice;
  /** (N) losses of the rows of a cross-entropy, by its targets. */
  rowLosses(targets: Uint16Array): Slice;
}

/** Throws BackendUnavailable: `backend_op_unsupported`, `backend_memory_exhausted`. */
export function deviceProgram(graph: Graph, options: DeviceProgramOptions): DeviceProgram {
  const { memory, loss = null, results = [] } = options;
  for (const { op } of graph.nodes) if (op !== null) formulaOf(op);
  const plan = schedule(graph, loss, results);
  const places = placeOnDevice(plan.buffers, memory);
  const binder = new Binder<Slice>(graph, plan, options.leaf, (buffer) => places.get(buffer)!);
  const host = new HostInputs(memory);
  const losses = new Map<Uint16Array, Slice>();
  const rowLosses = (targets: Uint16Array): Slice => {
    const slice = losses.get(targets) ?? memory.alloc(targets.length);
    losses.set(targets, slice);
    return slice;
  };
  const surroundings = { host, rowLosses };
  const kernels = plan.steps.map(({ pass, node, again }) => {
    const formula = formulaOf(node.op);
    const binding = binder.bindingOf(node, again);
    return pass === 'forward'
      ? forwardKernels(formula, binding, surroundings)
      : backwardKernels(formula, binding, surroundings);
  });
  const seed = loss === null ? undefined : plan.gradient(loss);
  return {
    kernels: [
      ...kernels.slice(0, plan.backwardFrom).flat(),
      // The loss's gradient, where other buffers may have lain.
      ...(seed === undefined ? [] : [fill(places.get(seed)!, 1)]),
      ...kernels.slice(plan.backwardFrom).flat(),
    ],
    host,
    sliceOf: (value) => binder.valueOf(value, false),
    rowLosses,
  };
}
