/** Edits that know where the header of a safetensors file ends. */
import type { Chance } from '../chance.ts';
import { editJson } from '../json-edits.ts';

/** Edits the header's JSON and fits the length before it, so that the edit gets past it. */
export function editHeader(file: Uint8Array, chance: Chance): Uint8Array {
  if (file.length < 8) return file;
  const view = new DataView(file.buffer, file.byteOffset, 8);
  const end = 8 + view.getUint32(0, true);
  const header = editJson(file.subarray(8, end), chance);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return Buffer.concat([length, header, file.subarray(end)]);
}
