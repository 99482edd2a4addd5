/**
 * State root of a training step: RFC 6962 tree (leaf = H(0x00 || entry), node = H(0x01 || l || r))
 * over one entry a tensor, so that a dispute can open a single tensor:
 *
 *   entry 0:  "step <n>\n"
 *   then      "<kind>/<name>\n" || little-endian f32 data
 *   kinds in order param, exp_avg, exp_avg_sq; names in the model's order within each
 */
import { hex } from '../hex.ts';
import { bytesOf } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import type { AdamWState } from '../optim/adamw.ts';

/** SHA-256 in practice; a parameter because this room has no crypto of its own. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Hex root after `steps` steps of the window. */
export function stateRoot(
  steps: number,
  parameters: Tensors,
  moments: AdamWState,
  hash: Hash,
): string {
  const leaves = [leaf(hash, `step ${steps}\n`, new Uint8Array(0))];
  for (const [kind, tensors] of [
    ['param', parameters],
    ['exp_avg', moments.m],
    ['exp_avg_sq', moments.v],
  ] as const) {
    for (const [name, { data }] of tensors) {
      leaves.push(leaf(hash, `${kind}/${name}\n`, bytesOf(data)));
    }
  }
  return hex(treeRoot(leaves, hash));
}

function leaf(hash: Hash, head: string, data: Uint8Array): Uint8Array {
  return hash(joined(0x00, new TextEncoder().encode(head), data));
}

function treeRoot(leaves: readonly Uint8Array[], hash: Hash): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const left = treeRoot(leaves.slice(0, split), hash);
  return hash(joined(0x01, left, treeRoot(leaves.slice(split), hash)));
}

function joined(prefix: number, a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + a.length + b.length);
  bytes[0] = prefix;
  bytes.set(a, 1);
  bytes.set(b, 1 + a.length);
  return bytes;
}
