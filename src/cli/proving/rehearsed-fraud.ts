/**
 * Misbehaviour on purpose, so that a rehearsal shows a cheat being caught. `altered-delta@<w>`: from
 * window w on, one parameter's change is multiplied by -8 after honest training.
 */
import type { Tamper } from '../../roles/worker.ts';
import { EXIT, Exit } from '../terminal/exit.ts';

export function rehearsedFraud(spec: string | undefined): Tamper | undefined {
  if (spec === undefined) return undefined;
  const match = /^altered-delta@(\d{1,6})$/.exec(spec);
  if (match === null) throw new Exit(EXIT.usage, `--rehearse: no "${spec}"`);
  const from = Number(match[1]);
  return (delta, window) => (window < from ? delta : altered(delta));
}

/** The last f32 of the file is the last element of the last tensor. */
function altered(delta: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(delta);
  const view = new DataView(copy.buffer, copy.byteLength - 4);
  view.setFloat32(0, -8 * view.getFloat32(0, true) - 1e-3, true);
  return copy;
}
