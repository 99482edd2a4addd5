/**
 * Encodes a window's delta. A pure function of (encoding, feedback, delta): a validator who holds
 * the feedback of the window before gets the same three files, byte for byte.
 */
import type { DeltaKernels } from '../kernels.ts';
import { conformTo } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { decodeParts } from './decode-delta.ts';
import { writeDeltaFile } from './delta-file.ts';
import { DeltaError } from './delta-error.ts';
import { encodeDemo } from './demo.ts';
import { parseDeltaEncoding } from './encoding.ts';
import type { DeltaEncoding, LossyEncoding } from './encoding.ts';
import { addFeedback, residual } from './error-feedback.ts';
import { readFloatFile } from './float-file.ts';
import { encodeAbsmax } from './int8-absmax.ts';
import { encodeBins } from './int8-bins.ts';
import type { Parts } from './parts.ts';
import { plainDeltas } from './plain-deltas.ts';
import { encodeSparseloco } from './sparseloco.ts';
import { inNameOrder, tableOf } from './table.ts';
import { checkValues } from './value-bounds.ts';

export interface EncodedDelta {
  /** What is sent: delta-file.ts. */
  readonly encoded: Uint8Array<ArrayBuffer>;
  /** What everyone decodes from it: safetensors of F32, fit for the outer step. */
  readonly decoded: Uint8Array<ArrayBuffer>;
  /** For the next window: safetensors of F32. Null where the encoding remembers nothing. */
  readonly feedback: Uint8Array<ArrayBuffer> | null;
}

/**
 * `feedback` is that of the window before, null in the first; `delta` is safetensors of F32; `kernels` are a backend's, to the same bits.
 * Throws SafetensorsError; TrainingInputError: spec_invalid, and what says that a value is not
 * finite or the feedback has other tensors than the delta; DeltaError: value_too_large,
 * feedback_unexpected, not_canonical (of the feedback).
 */
export function encodeDelta(
  spec: DeltaEncoding,
  feedback: Uint8Array | null,
  delta: Uint8Array,
  kernels: DeltaKernels = plainDeltas,
): EncodedDelta {
  const encoding = parseDeltaEncoding(spec);
  const change = inNameOrder(readSafetensors(delta).tensors);
  const table = tableOf(change);
  conformTo(table, change, 'delta');
  const remembers = keepsFeedback(encoding);
  if (feedback !== null && !remembers) {
    throw new DeltaError('feedback_unexpected', 'this encoding keeps no feedback');
  }
  if (encoding.name === 'raw') {
    const file = writeSafetensors(change);
    return { encoded: file, decoded: file, feedback: null };
  }
  const kept = feedback === null ? null : readFloatFile(table, feedback, 'feedback');
  const sum = addFeedback(encoding.decay, kept, change);
  checkValues(sum);
  const parts = encodeParts(encoding, sum, kernels);
  const decoded = decodeParts(encoding, table, parts, kernels);
  return {
    encoded: writeDeltaFile(encoding, table, parts),
    decoded: writeSafetensors(decoded),
    feedback: remembers ? writeSafetensors(residual(sum, decoded)) : null,
  };
}

/** Whether a delta in this encoding leaves feedback for the next. */
export function keepsFeedback(encoding: DeltaEncoding): boolean {
  return encoding.name !== 'raw' && encoding.decay > 0;
}

function encodeParts(encoding: LossyEncoding, tensors: Tensors, kernels: DeltaKernels): Parts {
  switch (encoding.name) {
    case 'int8':
      return encoding.statistic === 'absmax'
        ? encodeAbsmax(encoding.block, tensors, kernels)
        : encodeBins(encoding.block, tensors);
    case 'sparseloco':
      return encodeSparseloco(encoding, tensors);
    case 'demo':
      return encodeDemo(encoding, tensors, kernels);
  }
}
