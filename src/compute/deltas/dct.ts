/**
 * Orthonormal DCT-II of a tile X of h x w (Ahmed, Natarajan, Rao 1974), and its inverse:
 *
 *   C_n[k, j] = c_k cos(pi (2 j + 1) k / (2 n)),  c_0 = sqrt(1 / n),  c_k = sqrt(2 / n)
 *   forward:  M[r, l] = sum_c X[r, c] C_w[l, c]     Y[k, l] = sum_r C_h[k, r] M[r, l]
 *   inverse:  M[r, l] = sum_k C_h[k, r] Y[k, l]     X[r, c] = sum_l M[r, l] C_w[l, c]
 *
 * Basis and sums in f64, every sum from +0 with its index ascending; results rounded to f32. The
 * angle is taken modulo 2 pi, in whole steps of pi / (2 n), before the cosine. Terms of elements that
 * are 0 are left out, which changes no bit. Loops run over the elements of a row of the result, whose
 * sums do not wait for one another.
 */
import { cos } from '../math/sincos.ts';

export const SIDE_MAX = 64;

export interface Basis {
  /** C_n, (k, j). */
  readonly rows: Float64Array;
  /** (j, k) */
  readonly columns: Float64Array;
}

export interface Dct {
  readonly bases: (Basis | undefined)[];
  readonly middle: Float64Array;
  readonly sums: Float64Array;
}

export function allocateDct(): Dct {
  const elements = SIDE_MAX * SIDE_MAX;
  return { bases: [], middle: new Float64Array(elements), sums: new Float64Array(elements) };
}

/** Of sides up to 64, made once. */
export function basisOf({ bases }: Dct, n: number): Basis {
  const known = bases[n];
  if (known !== undefined) return known;
  const basis = { rows: new Float64Array(n * n), columns: new Float64Array(n * n) };
  for (let k = 0; k < n; k += 1) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / n);
    for (let j = 0; j < n; j += 1) {
      const steps = ((2 * j + 1) * k) % (4 * n);
      const value = scale * cos((Math.PI * steps) / (2 * n));
      basis.rows[k * n + j] = value;
      basis.columns[j * n + k] = value;
    }
  }
  bases[n] = basis;
  return basis;
}

/** Tiles (n, h, w), h and w up to 64, are replaced by their coefficients (n, h, w). */
export function forwardDct(dct: Dct, tiles: Float32Array, h: number, w: number): void {
  const size = h * w;
  for (let at = 0; at < tiles.length; at += size)
    forwardOf(dct, tiles.subarray(at, at + size), h, w);
}

/** Coefficients (n, h, w) are replaced by their tiles (n, h, w). */
export function inverseDct(dct: Dct, tiles: Float32Array, h: number, w: number): void {
  const size = h * w;
  for (let at = 0; at < tiles.length; at += size)
    inverseOf(dct, tiles.subarray(at, at + size), h, w);
}

function forwardOf(dct: Dct, tile: Float32Array, h: number, w: number): void {
  const { middle, sums } = dct;
  const [down, along] = [basisOf(dct, h).columns, basisOf(dct, w).columns];
  middle.fill(0, 0, h * w);
  sums.fill(0, 0, h * w);
  for (let r = 0; r < h; r += 1) {
    for (let c = 0; c < w; c += 1) {
      const value = tile[r * w + c]!;
      if (value !== 0) addScaled(middle, r * w, value, along, c * w, w);
    }
  }
  for (let r = 0; r < h; r += 1) {
    for (let k = 0; k < h; k += 1) addScaled(sums, k * w, down[r * h + k]!, middle, r * w, w);
  }
  for (let i = 0; i < h * w; i += 1) tile[i] = sums[i]!;
}

function inverseOf(dct: Dct, coefficients: Float32Array, h: number, w: number): void {
  const { middle, sums } = dct;
  const [down, along] = [basisOf(dct, h).rows, basisOf(dct, w).rows];
  middle.fill(0, 0, h * w); // (l, r), so that its rows lie together
  sums.fill(0, 0, h * w);
  for (let k = 0; k < h; k += 1) {
    for (let l = 0; l < w; l += 1) {
      const value = coefficients[k * w + l]!;
      if (value !== 0) addScaled(middle, l * h, value, down, k * h, h);
    }
  }
  for (let l = 0; l < w; l += 1) {
    for (let r = 0; r < h; r += 1) {
      const value = middle[l * h + r]!;
      if (value !== 0) addScaled(sums, r * w, value, along, l * w, w);
    }
  }
  for (let i = 0; i < h * w; i += 1) coefficients[i] = sums[i]!;
}

/** to[i] += factor from[i], for `length` elements from `at` and `start` on. */
function addScaled(
  to: Float64Array,
  at: number,
  factor: number,
  from: Float64Array,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) to[at + i]! += factor * from[start + i]!;
}
