/**
 * How fast deltas are encoded and decoded, against writing the raw delta as safetensors.
 *
 *   node bench/delta-speed.ts
 *
 * The delta has the shapes of the demo model (0.85 M parameters) and normal values. MB are 10^6 bytes
 * of raw delta. Encoding is all of `encodeDelta` with feedback: reading and checking both files, the
 * encoding, decoding it again, the next feedback, and writing all three. "of raw writing" is the time
 * of `writeSafetensors`, a copy of memory, over the time of the work. Then how much faster the exact
 * backend's kernels make the whole of it, where it has any (one thread).
 */
import { decodeDelta } from '../src/compute/deltas/decode-delta.ts';
import { encodeDelta } from '../src/compute/deltas/encode-delta.ts';
import { allocateSelector, selectTop } from '../src/compute/deltas/top-k.ts';
import { parameterShapes } from '../src/compute/model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../src/compute/tensors/safetensors.ts';
import { initialCheckpoint } from '../src/compute/training/contribution.ts';
import { ENCODINGS } from './delta-encodings.ts';
import { plainDeltas } from '../src/compute/deltas/plain-deltas.ts';
import type { DeltaKernels } from '../src/compute/kernels.ts';
import { openBackend } from '../src/compute/backends/open.ts';
import { DEMO_SPEC } from './demo-model.ts';
import { pairedMedian } from './paired-median.ts';

const { model } = DEMO_SPEC;
const delta = initialCheckpoint(model, new Uint8Array(32).fill(1));
const { tensors } = readSafetensors(delta);
const shapes = parameterShapes(model);
const writeRaw = (): void => void writeSafetensors(tensors);

function row(label: string, bytes: number, work: () => void): void {
  const { seconds, ratio } = pairedMedian(writeRaw, work);
  const rate = (bytes / seconds / 1e6).toFixed(0).padStart(7);
  console.log(`${label.padEnd(26)}  ${rate} MB/s  ${ratio.toFixed(4)} of raw writing`);
}

row('writeSafetensors', delta.length, writeRaw);
for (const [label, encoding] of ENCODINGS) {
  const { encoded, feedback } = encodeDelta(encoding, null, delta);
  row(`encode ${label}`, delta.length, () => void encodeDelta(encoding, feedback, delta));
  row(`decode ${label}`, delta.length, () => void decodeDelta({ encoding, shapes }, encoded));
}
const { kernels, close } = await openBackend('exact', { threads: 1 });
for (const label of ['int8 absmax', 'demo']) {
  const encoding = ENCODINGS.get(label)!;
  const { encoded, feedback } = encodeDelta(encoding, null, delta);
  const terms = { encoding, shapes };
  const [encode, decode] = [
    (by: DeltaKernels) => (): void => void encodeDelta(encoding, feedback, delta, by),
    (by: DeltaKernels) => (): void => void decodeDelta(terms, encoded, by),
  ].map((work) => pairedMedian(work(plainDeltas), work(kernels)).ratio.toFixed(2));
  console.log(`${label.padEnd(26)}  kernels encode ${encode} x, decode ${decode} x the loops`);
}
await close();
const selector = allocateSelector();
selector.values.set(tensors.get('lm_head.weight')!.data.subarray(0, 4096));
row('top 64 of a tile of 4096', 4 * 4096 * 64, () => {
  for (let i = 0; i < 64; i += 1) selectTop(selector, 4096, 64);
});
