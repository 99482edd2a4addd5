/** ops/heads.ts and ops/rope.ts on a device: (B, T, H d) <-> (B, H, T, d), plain or rotated. */
import type { HeadLayout } from '../../autodiff/formula.ts';
import { assignment, elementwise, reads, writes } from '../kernel.ts';
import type { Kernel, Slice, Target } from '../kernel.ts';

/** heads <- flat */
export const splitHeads = (layout: HeadLayout, flat: Slice, heads: Target): Kernel =>
  elementwise(
    { flat: reads(flat), heads: writes(heads.data) },
    flat.length,
    `${flatIndexOf(layout, layout.headWidth)}
  heads[i] ${assignment(heads.accumulate)} flat[j];`,
  );

/** flat <- heads */
export const mergeHeads = (layout: HeadLayout, heads: Slice, flat: Target): Kernel =>
  elementwise(
    { heads: reads(heads), flat: writes(flat.data) },
    heads.length,
    `${flatIndexOf(layout, layout.headWidth)}
  flat[j] ${assignment(flat.accumulate)} heads[i];`,
  );

export interface RotaryTables {
  readonly cos: Slice; // (T, d/2)
  readonly sin: Slice; // (T, d/2)
}

/** heads <- flat, each pair turned by its position. */
export const splitRotated = (
  layout: HeadLayout,
  { cos, sin }: RotaryTables,
  flat: Slice,
  heads: Slice,
): Kernel =>
  elementwise(
    { cosines: reads(cos), sines: reads(sin), flat: reads(flat), heads: writes(heads) },
    flat.length / 2,
    `${flatIndexOf(layout, layout.headWidth / 2)}
  let c = cosines[angle];
  let s = sines[angle];
  let x = flat[2u * j];
  let y = flat[2u * j + 1u];
  heads[2u * i] = x * c - y * s;
  heads[2u * i + 1u] = x * s + y * c;`,
  );

/** dFlat <- dHeads, turned back. */
export const mergeRotatedBack = (
  layout: HeadLayout,
  { cos, sin }: RotaryTables,
  dHeads: Slice,
  { data, accumulate }: Target,
): Kernel =>
  elementwise(
    { cosines: reads(cos), sines: reads(sin), heads: reads(dHeads), flat: writes(data) },
    dHeads.length / 2,
    `${flatIndexOf(layout, layout.headWidth / 2)}
  let c = cosines[angle];
  let s = sines[angle];
  let x = heads[2u * i];
  let y = heads[2u * i + 1u];
  flat[2u * j] ${assignment(accumulate)} x * c + y * s;
  flat[2u * j + 1u] ${assignment(accumulate)} y * c - x * s;`,
  );

/** From element (or pair) i of (B, H, T, w): its place j in (B, T, H w), and t w + its channel. */
const flatIndexOf = ({ length, heads }: HeadLayout, width: number): string => `
  let channel = i % ${width}u;
  let t = i / ${width}u % ${length}u;
  let h = i / ${width * length}u % ${heads}u;
  let b = i / ${width * length * heads}u;
  let j = ((b * ${length}u + t) * ${heads}u + h) * ${width}u + channel;
  let angle = t * ${width}u + channel;`;
