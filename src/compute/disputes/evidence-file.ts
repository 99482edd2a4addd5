/**
 * The tensors that one entry of a trace read, as an artifact: safetensors, one tensor of one dimension
 * a role, F64 before F32 and by name within, no metadata. One content has one file: it is read by
 * comparing its header with the one that the place calls for.
 */
import { compareUtf8, layOutHeader } from '../tensors/safetensors-layout.ts';
import { DisputeError } from './dispute-error.ts';
import { bytesIn } from './step-operation.ts';
import type { Contents, Numbers, Place } from './step-operation.ts';

export function writeEvidence(places: readonly Place[]): Uint8Array<ArrayBuffer> {
  const ordered = inFileOrder(places);
  const header = headerOf(ordered);
  const file = new Uint8Array(header.length + dataBytes(ordered));
  file.set(header);
  let at = header.length;
  for (const { numbers } of ordered) {
    file.set(bytesIn(numbers), at);
    at += numbers.byteLength;
  }
  return file;
}

/** @param places whose roles, types and lengths are wanted. Throws DisputeError `evidence_invalid`. */
export function readEvidence(places: readonly Place[], file: Uint8Array): Contents {
  const ordered = inFileOrder(places);
  const header = headerOf(ordered);
  if (file.length !== header.length + dataBytes(ordered))
    throw new DisputeError('evidence_invalid', `a file of ${file.length} bytes`);
  if (header.some((byte, at) => byte !== file[at]))
    throw new DisputeError('evidence_invalid', 'the header is that of other tensors');
  const contents = new Map<string, Numbers>();
  let at = header.length;
  for (const { role, numbers } of ordered) {
    const copy = isDouble(numbers)
      ? new Float64Array(numbers.length)
      : new Float32Array(numbers.length);
    bytesIn(copy).set(file.subarray(at, at + copy.byteLength));
    contents.set(role, copy);
    at += copy.byteLength;
  }
  return contents;
}

const isDouble = (numbers: Numbers): boolean => numbers.BYTES_PER_ELEMENT === 8;

function inFileOrder(places: readonly Place[]): Place[] {
  return [...places].sort(
    (a, b) =>
      b.numbers.BYTES_PER_ELEMENT - a.numbers.BYTES_PER_ELEMENT || compareUtf8(a.role, b.role),
  );
}

function headerOf(ordered: readonly Place[]): Uint8Array<ArrayBuffer> {
  const parts = ordered.map(({ role, numbers }) => ({
    name: role,
    dtype: isDouble(numbers) ? 'F64' : 'F32',
    shape: [numbers.length],
    byteLength: numbers.byteLength,
  }));
  return layOutHeader(parts, new Map());
}

const dataBytes = (places: readonly Place[]): number =>
  places.reduce((sum, { numbers }) => sum + numbers.byteLength, 0);
