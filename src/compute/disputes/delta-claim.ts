/**
 * Two raw deltas of one contribution whose parties stand by the same last state root: one tensor over
 * which the files part decides. Of that parameter the trained values are opened against the root, and
 * the delta must be what training/contribution.ts makes of them: theta_r - theta_local, in f32.
 */
import { hex } from '../hex.ts';
import { rootFromPath } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import { bytesOf } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { parsePath } from './answers.ts';
import { DisputeError } from './dispute-error.ts';
import { readEvidence, writeEvidence } from './evidence-file.ts';
import { wrong } from './finding.ts';
import type { Verdict } from './finding.ts';
import { placeDigest } from './step-trace.ts';
import type { Place } from './step-operation.ts';
import { unhex } from './trace-entry.ts';

/** A parameter after the last step: its values as a file, and its leaf's path to the state root. */
export interface ParameterOpening {
  readonly file: Uint8Array;
  /** Hex, lowest first. */
  readonly path: readonly string[];
}

/** The first parameter, in the order of `initial`, whose bits differ; null: there is none. */
export function partingOfDeltas(initial: Tensors, first: Tensors, second: Tensors): string | null {
  for (const name of initial.keys())
    if (!sameBits(first.get(name)!.data, second.get(name)!.data)) return name;
  return null;
}

export function parameterFile(name: string, data: Float32Array): Uint8Array<ArrayBuffer> {
  return writeEvidence([placeOf(name, data)]);
}

/**
 * One party's delta of parameter `name`; null: nothing is wrong with it.
 * @param initial the checkpoint's parameters, in the model's order
 * @param delta conformed to them
 * @param root the last state root
 * @param opening of a party who is right about the root; anyone's that passes
 * Throws DisputeError `evidence_invalid` for an opening that is not of this parameter and root, and
 * digest_invalid, shape_invalid or too_many for a path that is none.
 */
export function checkDelta(
  name: string,
  initial: Tensors,
  delta: Tensors,
  root: string,
  opening: ParameterOpening,
  hash: Hash,
): Verdict | null {
  const before = initial.get(name)!.data;
  const place = placeOf(name, before);
  const local = readEvidence([place], opening.file).get(place.role)! as Float32Array;
  const leaf = placeDigest(place.stateName, local, hash);
  const index = 1 + [...initial.keys()].indexOf(name);
  const path = parsePath(opening.path, 'path').map(unhex);
  const reached = rootFromPath(leaf, index, 1 + 3 * initial.size, path, hash);
  if (reached === null || hex(reached) !== root)
    throw new DisputeError('evidence_invalid', `${name} is not opened against the state root`);
  const right = Float32Array.from(before, (x, i) => x - local[i]!);
  if (sameBits(right, delta.get(name)!.data)) return null;
  return wrong('result_wrong', `the delta of ${name} is not what the last state makes it`);
}

const placeOf = (name: string, numbers: Float32Array): Place => ({
  role: 'param',
  numbers,
  stateName: `param/${name}`,
});

function sameBits(one: Float32Array, other: Float32Array): boolean {
  const [a, b] = [bytesOf(one), bytesOf(other)];
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
