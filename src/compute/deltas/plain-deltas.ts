/** The encodings' own loops: they define the bits of a backend's. */
import type { DeltaKernels } from '../kernels.ts';
import { forwardDct, inverseDct } from './dct.ts';
import { dequantize, quantize } from './int8-absmax.ts';

export const plainDeltas: DeltaKernels = {
  quantize,
  dequantize,
  forwardDct,
  inverseDct,
};
