/**
 * One entry of a step's trace as it is computed: what it reads and writes, by role, and how it runs -
 * in its place in the step, or alone on what somebody says was read.
 */
import type { Backend } from '../backend.ts';
import type { Phase } from './trace-entry.ts';

export type Numbers = Float32Array | Float64Array;

export interface Place {
  readonly role: string;
  /** Where the step has it; overwritten as the step goes on. */
  readonly numbers: Numbers;
  /** "<kind>/<name>" of a tensor of the state, whose digest is its leaf of the state root. */
  readonly stateName: string | null;
}

/** What was read or written, by role. */
export type Contents = ReadonlyMap<string, Numbers>;

export interface StepOperation {
  readonly operation: string;
  readonly phase: Phase;
  /** All that decides what it writes, beside the operation itself, the step and its pages. */
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
  /** Throws NumericFault where a loss or a norm is not finite, as training does. */
  run(): void | Promise<void>;
  /** On storage of its own. @param read of every role of `reads`, of its type and length */
  alone(read: Contents, backend: Backend): Promise<Contents>;
}

/** An array of a place's type and length, where the backend reads it fastest. */
export function storageLike(numbers: Numbers, backend: Backend): Numbers {
  return storage(numbers instanceof Float64Array ? 'f64' : 'f32', numbers.length, backend);
}

export function storage(type: 'f32' | 'f64', length: number, backend: Backend): Numbers {
  if (type === 'f32') return backend.alloc(length);
  const floats = backend.alloc(2 * length);
  return new Float64Array(floats.buffer, floats.byteOffset, length);
}

export const bytesIn = (numbers: Numbers): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
