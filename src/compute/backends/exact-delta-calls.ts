/**
 * The exact backend's kernels of deltas/. Their arrays come from files and lie elsewhere: a piece at a
 * time is copied into working space and back. That costs more than a simple loop takes, so additions
 * and differences (deltas/error-feedback.ts) have no kernel.
 */
import { SIDE_MAX, basisOf } from '../deltas/dct.ts';
import type { Dct } from '../deltas/dct.ts';
import type { DeltaKernels } from '../kernels.ts';
import type { ExactCaller } from './exact-caller.ts';
import { DCT_SCRATCH_BYTES } from './exact-dct.ts';
import { FLOAT } from './exact-geometry.ts';

/** Elements of a piece: with two others like it in the second-level cache. */
const PIECE = 65_536;
const PIECE_TILES = PIECE / (SIDE_MAX * SIDE_MAX);

export function exactDeltas(caller: ExactCaller): DeltaKernels {
  const { memory } = caller;
  const copied = (floats: Float32Array): number => {
    const own = memory.addressOf(floats);
    if (own !== undefined) return own;
    const address = memory.working(floats.length * FLOAT);
    memory.view(address, floats.length).set(floats);
    return address;
  };
  const copiedBytes = (bytes: Int8Array): number => {
    const address = memory.working(bytes.length);
    memory.bytes(address, bytes.length).set(bytes);
    return address;
  };
  /** `use` on whole blocks, each piece with its first and its end among elements and blocks. */
  const blockwise = (
    length: number,
    block: number,
    use: (first: number, end: number, firstBlock: number, endBlock: number) => void,
  ): void => {
    const blocks = Math.max(1, Math.floor(PIECE / block));
    for (let first = 0; first < length; first += blocks * block) {
      const end = Math.min(length, first + blocks * block);
      caller.working(() => use(first, end, first / block, Math.ceil(end / block)));
    }
  };
  const transform = (
    kernel: 'forwardDct' | 'inverseDct',
    basis: 'rows' | 'columns',
    dct: Dct,
    tiles: Float32Array,
    [h, w]: readonly [number, number],
  ): void => {
    const size = h * w;
    for (let from = 0; from < tiles.length; from += PIECE_TILES * size)
      caller.working(() => {
        const piece = tiles.subarray(from, from + PIECE_TILES * size);
        const count = piece.length / size;
        const [down, along] = [h, w].map((side) => {
          const values = basisOf(dct, side)[basis];
          const address = memory.working(values.byteLength);
          memory.doubles(address, values.length).set(values);
          return address;
        }) as [number, number];
        const scratch = memory.working(count * DCT_SCRATCH_BYTES);
        const at = copied(piece);
        caller.run(kernel, [at, scratch, h, w, down, along], count, size);
        if (memory.addressOf(piece) === undefined) piece.set(memory.view(at, piece.length));
      });
  };

  return {
    quantize(codes, scales, data, block) {
      blockwise(data.length, block, (first, end, firstBlock, endBlock) => {
        const count = endBlock - firstBlock;
        const codesAt = memory.working(end - first);
        const scalesAt = memory.working(count * FLOAT);
        const args = [codesAt, scalesAt, copied(data.subarray(first, end)), block, end - first];
        // A piece is too little to share.
        caller.run('quantize', args, count, 1);
        codes.set(memory.bytes(codesAt, end - first), first);
        scales.set(memory.view(scalesAt, count), firstBlock);
      });
    },

    dequantize(data, greatest, codes, scales, block) {
      blockwise(data.length, block, (first, end, firstBlock, endBlock) => {
        const count = endBlock - firstBlock;
        const dataAt = memory.working((end - first) * FLOAT);
        const greatestAt = memory.working(count);
        const codesAt = copiedBytes(codes.subarray(first, end));
        const scalesAt = copied(scales.subarray(firstBlock, endBlock));
        const args = [dataAt, greatestAt, codesAt, scalesAt, block, end - first];
        caller.run('dequantize', args, count, 1);
        data.set(memory.view(dataAt, end - first), first);
        greatest.set(memory.bytes(greatestAt, count), firstBlock);
      });
    },

    forwardDct: (dct, tiles, h, w) => transform('forwardDct', 'columns', dct, tiles, [h, w]),
    inverseDct: (dct, tiles, h, w) => transform('inverseDct', 'rows', dct, tiles, [h, w]),
  };
}
