/** A forward or backward pass of the step's program as an entry of its trace. */
import type { BoundPass } from '../autodiff/program.ts';
import type { Block, Places } from '../autodiff/op.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Backend } from '../backend.ts';
import { storage } from './step-operation.ts';
import type { Contents, Numbers, Place, StepOperation } from './step-operation.ts';

/** @param stateNameOf of an array that holds a tensor of the state */
export function passOperation(
  bound: BoundPass,
  stateNameOf: (numbers: Numbers) => string | null,
): StepOperation {
  const placesOf = (contents: Contents): Place[] =>
    [...contents].map(([role, numbers]) => ({ role, numbers, stateName: stateNameOf(numbers) }));
  return {
    operation: bound.node.op.name,
    phase: bound.pass,
    reads: placesOf(readsOf(bound)),
    writes: placesOf(writesOf(bound)),
    run: () => bound.run(),
    alone: (read, backend) => alone(bound, read, backend),
  };
}

function readsOf({ pass, node, places }: BoundPass): Contents {
  const reads = new Map<string, Numbers>();
  const { op } = node;
  if (pass === 'forward') {
    places.inputs.forEach((input, index) => reads.set(`input ${index}`, input));
    return reads;
  }
  for (const index of op.rereads ?? []) reads.set(`input ${index}`, places.inputs[index]!);
  if (op.rereadsResult === true) reads.set('result', places.result);
  places.kept.forEach((kept, index) => reads.set(`kept ${index}`, kept));
  reads.set('result gradient', places.resultGradient);
  places.gradients.forEach((gradient, index) => {
    if (gradient?.accumulate === true) reads.set(`gradient ${index}`, gradient.data);
  });
  return reads;
}

function writesOf({ pass, places }: BoundPass): Contents {
  const writes = new Map<string, Numbers>();
  if (pass === 'forward') {
    writes.set('result', places.result);
    places.kept.forEach((kept, index) => writes.set(`kept ${index}`, kept));
    return writes;
  }
  places.gradients.forEach((gradient, index) => {
    if (gradient) writes.set(`gradient ${index}`, gradient.data);
  });
  return writes;
}

async function alone(bound: BoundPass, read: Contents, backend: Backend): Promise<Contents> {
  const { pass, node, places } = bound;
  const { op } = node;
  const loaded = (role: string, { type, length }: Block): Numbers => {
    const place = storage(type, length, backend);
    const numbers = read.get(role);
    if (numbers !== undefined) place.set(numbers);
    return place;
  };
  const floats = (role: string, length: number): Float32Array =>
    loaded(role, { type: 'f32', length }) as Float32Array;
  const empty = ({ type, length }: Block): Numbers => storage(type, length, backend);
  const own: Places = {
    backend,
    inputs: op.inputs.map(({ shape }, i) => floats(`input ${i}`, elementCount(shape))),
    result: floats('result', elementCount(op.shape)),
    gradients: places.gradients.map((gradient, i) =>
      gradient === null
        ? null
        : {
            data: floats(`gradient ${i}`, gradient.data.length),
            accumulate: gradient.accumulate,
          },
    ),
    resultGradient: floats('result gradient', places.resultGradient.length),
    kept: (op.kept ?? []).map((block, i) => loaded(`kept ${i}`, block)),
    forwardScratch: (op.forwardScratch ?? []).map(empty),
    scratch: (op.scratch ?? []).map(empty),
    constant: (numbers) => numbers,
  };
  const passes = op.bind(own);
  await (pass === 'forward' ? passes.forward() : passes.backward());
  return writesOf({ pass, node, places: own, run: () => {} });
}
