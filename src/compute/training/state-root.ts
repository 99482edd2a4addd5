/**
 * State root of a training step: the RFC 6962 tree (merkle-tree.ts) over one entry a tensor, so that a
 * dispute can open a single tensor:
 *
 *   entry 0:  "step <n>\n"
 *   then      "<kind>/<name>\n" || little-endian f32 data
 *   kinds in order param, exp_avg, exp_avg_sq; names in the model's order within each
 */
import { hex } from '../hex.ts';
import { leafHash, treeRoot } from '../merkle-tree.ts';
import type { Hash } from '../merkle-tree.ts';
import type { AdamWState } from '../optim/adamw.ts';
import { bytesOf } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';

/** Hex root after `steps` steps of the window. */
export function stateRoot(
  steps: number,
  parameters: Tensors,
  moments: AdamWState,
  hash: Hash,
): string {
  return hex(treeRoot(stateLeaves(steps, parameters, moments, hash), hash));
}

/** Leaf hashes. */
export function stateLeaves(
  steps: number,
  parameters: Tensors,
  moments: AdamWState,
  hash: Hash,
): Uint8Array[] {
  const tensors = stateTensors(parameters, moments);
  return [
    stepLeaf(steps, hash),
    ...tensors.map(([name, data]) => leafHash(hash, stateHead(name), bytesOf(data))),
  ];
}

/** The tensors of a state in the order of its leaves, by "<kind>/<name>"; the first is leaf 1. */
export function stateTensors(
  parameters: Tensors,
  { m, v }: AdamWState,
): (readonly [name: string, data: Float32Array])[] {
  const kinds = [
    ['param', parameters],
    ['exp_avg', m],
    ['exp_avg_sq', v],
  ] as const;
  return kinds.flatMap(([kind, tensors]) =>
    [...tensors].map(([name, { data }]) => [`${kind}/${name}`, data] as const),
  );
}

/** Leaf 0. */
export function stepLeaf(steps: number, hash: Hash): Uint8Array {
  return leafHash(hash, `step ${steps}\n`);
}

/** What a tensor's leaf begins with. @param name "<kind>/<name>" */
export const stateHead = (name: string): string => `${name}\n`;
