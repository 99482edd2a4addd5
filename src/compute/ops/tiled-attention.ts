/**
 * Causal attention in tiles, without the (T, T) matrix (Dao 2023, FlashAttention-2): the value of
 * attention.ts up to the order of its sums, in memory that grows with T. Tiles of TILE positions.
 *   forward   for a tile of queries, over the tiles of keys up to it, with m and l the running maximum
 *             and sum of each row:
 *               S = c Q K^T, m' = max(m, max S), P = exp(S - m'), a = exp(m - m')
 *               l <- a l + sum P,  O <- a O + P V;   at the end O / l, L = m + log l (kept, f64)
 *   backward  D = sum_d dO O; for a tile of keys, over the tiles of queries from it on:
 *               P = exp(S - L), dV += P^T dO, dS = c P (dO V^T - D), dK += dS^T Q, dQ += dS K
 * Q, K, V, O (M, T, d), c = 1/sqrt(d). Tiles of all M matrices lie side by side and are multiplied in
 * one product on the backend; sums over tiles ascend.
 */
import type { Gradient } from '../autodiff/gradient.ts';
import type { Graph } from '../autodiff/graph.ts';
import type { Passes, Places } from '../autodiff/op.ts';
import type { Value } from '../autodiff/value.ts';
import type { Backend, BatchedGemm } from '../backend.ts';
import { invariant } from '../invariant.ts';
import { exp } from '../math/exp.ts';
import { log } from '../math/log.ts';
import { sameShape } from '../tensors/tensor.ts';

const TILE = 64;

interface Shape {
  readonly matrices: number; // M
  readonly length: number; // T
  readonly headWidth: number; // d
}

/** Positions from..to of the sequence. */
interface Tile {
  readonly from: number;
  readonly to: number;
}

/** q, k, v (M, T, d) -> (M, T, d) */
export function tiledAttention(graph: Graph, q: Value, k: Value, v: Value): Value {
  invariant(sameShape(q.shape, k.shape) && sameShape(q.shape, v.shape), 'q, k and v alike');
  const [matrices, length, headWidth] = q.shape as [number, number, number];
  const side = Math.min(TILE, length);
  const rows = { type: 'f32', length: matrices * side * headWidth } as const;
  const square = { type: 'f32', length: matrices * side * side } as const;
  const rowSums = { type: 'f64', length: matrices * side } as const;
  return graph.apply({
    name: 'tiled attention',
    inputs: [q, k, v],
    shape: q.shape,
    rereads: [0, 1, 2],
    rereadsResult: true,
    kept: [{ type: 'f64', length: matrices * length }],
    // Tiles of Q, K, V and O, of S, and m and l.
    forwardScratch: [rows, rows, rows, rows, square, rowSums, rowSums],
    // Tiles of Q, K, V, dO, dQ, dK and dV, of P and dP, and all of D.
    scratch: [
      rows,
      rows,
      rows,
      rows,
      rows,
      rows,
      rows,
      square,
      square,
      { type: 'f64', length: matrices * length },
    ],
    bind: (places) => bindTiled({ matrices, length, headWidth }, places),
  });
}

function bindTiled(shape: Shape, places: Places): Passes {
  const [q, k, v] = places.inputs as [Float32Array, Float32Array, Float32Array];
  const [dq, dk, dv] = places.gradients;
  const logSums = places.kept[0] as Float64Array;
  const { backend, result, resultGradient } = places;
  return {
    forward: () => forward(shape, backend, { q, k, v, y: result, logSums }, places.forwardScratch),
    backward: () =>
      backward(
        shape,
        backend,
        { q, k, v, y: result, dy: resultGradient, logSums },
        [dq ?? null, dk ?? null, dv ?? null],
        places.scratch,
      ),
  };
}

interface Arrays {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly y: Float32Array;
  readonly logSums: Float64Array;
}

async function forward(
  shape: Shape,
  backend: Backend,
  { q, k, v, y, logSums }: Arrays,
  scratch: Places['forwardScratch'],
): Promise<void> {
  const [qTile, kTile, vTile, out, s] = scratch as Float32Array[];
  const [maxima, sums] = scratch.slice(5) as [Float64Array, Float64Array];
  for (const queries of tilesOf(shape)) {
    take(shape, queries, q, qTile!);
    out!.fill(0);
    maxima.fill(-Infinity);
    sums.fill(0);
    for (const keys of tilesOf(shape)) {
      if (keys.from > queries.from) break;
      take(shape, keys, k, kTile!);
      take(shape, keys, v, vTile!);
      await run(backend, product(shape, queries, keys, qTile!, kTile!, s!));
      rescale(shape, queries, keys, s!, out!, maxima, sums);
      await run(backend, ontoRows(shape, queries, keys, s!, vTile!, out!));
    }
    finish(shape, queries, out!, maxima, sums, y, logSums);
  }
}

async function backward(
  shape: Shape,
  backend: Backend,
  { q, k, v, y, dy, logSums }: Arrays & { readonly dy: Float32Array },
  gradients: readonly (Gradient | null)[],
  scratch: Places['scratch'],
): Promise<void> {
  const [qTile, kTile, vTile, dyTile, dqTile, dkTile, dvTile, p, dp] = scratch as Float32Array[];
  const dots = scratch[9] as Float64Array;
  const [dq, dk, dv] = gradients as [Gradient | null, Gradient | null, Gradient | null];
  rowDots(shape, dy, y, dots);
  for (const gradient of gradients) if (gradient?.accumulate === false) gradient.data.fill(0);
  for (const keys of tilesOf(shape)) {
    take(shape, keys, k, kTile!);
    take(shape, keys, v, vTile!);
    dkTile!.fill(0);
    dvTile!.fill(0);
    for (const queries of tilesOf(shape)) {
      if (queries.from < keys.from) continue;
      take(shape, queries, q, qTile!);
      take(shape, queries, dy, dyTile!);
      await run(backend, product(shape, queries, keys, qTile!, kTile!, p!));
      probabilities(shape, queries, keys, p!, logSums);
      await run(backend, ontoColumns(shape, queries, keys, p!, dyTile!, dvTile!));
      await run(backend, product(shape, queries, keys, dyTile!, vTile!, dp!));
      scoreGradients(shape, queries, keys, p!, dp!, dots);
      await run(backend, ontoColumns(shape, queries, keys, dp!, qTile!, dkTile!));
      if (!dq) continue;
      dqTile!.fill(0);
      await run(backend, ontoRows(shape, queries, keys, dp!, kTile!, dqTile!));
      give(shape, queries, dqTile!, dq.data);
    }
    if (dk) give(shape, keys, dkTile!, dk.data);
    if (dv) give(shape, keys, dvTile!, dv.data);
  }
}

function* tilesOf({ length }: Shape): Generator<Tile, void, void> {
  for (let from = 0; from < length; from += TILE) yield { from, to: Math.min(length, from + TILE) };
}

const sizeOf = ({ from, to }: Tile): number => to - from;

/** tile (M, n, d) <- positions of whole (M, T, d). */
function take(
  { matrices, length, headWidth }: Shape,
  { from, to }: Tile,
  whole: Float32Array,
  tile: Float32Array,
): void {
  const size = (to - from) * headWidth;
  for (let m = 0; m < matrices; m += 1) {
    const at = (m * length + from) * headWidth;
    tile.set(whole.subarray(at, at + size), m * size);
  }
}

/** positions of whole (M, T, d) += tile (M, n, d). */
function give(
  { matrices, length, headWidth }: Shape,
  { from, to }: Tile,
  tile: Float32Array,
  whole: Float32Array,
): void {
  const size = (to - from) * headWidth;
  for (let m = 0; m < matrices; m += 1) {
    const at = (m * length + from) * headWidth;
    for (let i = 0; i < size; i += 1) whole[at + i]! += tile[m * size + i]!;
  }
}

/** c (M, nq, nk) = a b^T for a (M, nq, d), b (M, nk, d). */
function product(
  { matrices: batch, headWidth: k }: Shape,
  queries: Tile,
  keys: Tile,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): BatchedGemm {
  const [m, n] = [sizeOf(queries), sizeOf(keys)];
  return { batch, transA: false, transB: true, m, n, k, a, b, c, accumulate: false };
}

/** c (M, nq, d) += a b for a (M, nq, nk), b (M, nk, d). */
function ontoRows(
  { matrices: batch, headWidth: n }: Shape,
  queries: Tile,
  keys: Tile,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): BatchedGemm {
  const [m, k] = [sizeOf(queries), sizeOf(keys)];
  return { batch, transA: false, transB: false, m, n, k, a, b, c, accumulate: true };
}

/** c (M, nk, d) += a^T b for a (M, nq, nk), b (M, nq, d). */
function ontoColumns(
  { matrices: batch, headWidth: n }: Shape,
  queries: Tile,
  keys: Tile,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): BatchedGemm {
  const [m, k] = [sizeOf(keys), sizeOf(queries)];
  return { batch, transA: true, transB: false, m, n, k, a, b, c, accumulate: true };
}

/** Visits each row of a tile of scores: where it begins, how many keys it may see, its number. */
function eachRow(
  { matrices }: Shape,
  queries: Tile,
  keys: Tile,
  visit: (start: number, visible: number, row: number, m: number, t: number) => void,
): void {
  const [rows, columns] = [sizeOf(queries), sizeOf(keys)];
  for (let m = 0; m < matrices; m += 1) {
    for (let i = 0; i < rows; i += 1) {
      const t = queries.from + i;
      const row = m * rows + i;
      visit(row * columns, Math.min(columns, t - keys.from + 1), row, m, t);
    }
  }
}

/** Scores to P against the new maxima; what is in `out` and `sums` is brought to them. */
function rescale(
  shape: Shape,
  queries: Tile,
  keys: Tile,
  s: Float32Array,
  out: Float32Array,
  maxima: Float64Array,
  sums: Float64Array,
): void {
  const { headWidth } = shape;
  const c = 1 / Math.sqrt(headWidth);
  const columns = sizeOf(keys);
  eachRow(shape, queries, keys, (start, visible, row) => {
    let max = maxima[row]!;
    for (let i = start; i < start + visible; i += 1) if (s[i]! * c > max) max = s[i]! * c;
    const keep = exp(maxima[row]! - max);
    let sum = 0;
    for (let i = start; i < start + visible; i += 1) {
      s[i] = exp(s[i]! * c - max);
      sum += s[i]!;
    }
    s.fill(0, start + visible, start + columns);
    maxima[row] = max;
    sums[row] = sums[row]! * keep + sum;
    if (keep === 1) return;
    const outStart = row * headWidth;
    for (let i = outStart; i < outStart + headWidth; i += 1) out[i]! *= keep;
  });
}

function finish(
  { matrices, length, headWidth }: Shape,
  queries: Tile,
  out: Float32Array,
  maxima: Float64Array,
  sums: Float64Array,
  y: Float32Array,
  logSums: Float64Array,
): void {
  const rows = sizeOf(queries);
  for (let row = 0; row < matrices * rows; row += 1) {
    const position = Math.floor(row / rows) * length + queries.from + (row % rows);
    const inverse = 1 / sums[row]!;
    for (let i = 0; i < headWidth; i += 1)
      y[position * headWidth + i] = out[row * headWidth + i]! * inverse;
    logSums[position] = maxima[row]! + log(sums[row]!);
  }
}

/** Scores to the probabilities of whole rows. */
function probabilities(
  shape: Shape,
  queries: Tile,
  keys: Tile,
  s: Float32Array,
  logSums: Float64Array,
): void {
  const c = 1 / Math.sqrt(shape.headWidth);
  const columns = sizeOf(keys);
  eachRow(shape, queries, keys, (start, visible, _row, m, t) => {
    const logSum = logSums[m * shape.length + t]!;
    for (let i = start; i < start + visible; i += 1) s[i] = exp(s[i]! * c - logSum);
    s.fill(0, start + visible, start + columns);
  });
}

/** dP to dS in place. Where P is 0 beyond the diagonal, so is dS. */
function scoreGradients(
  shape: Shape,
  queries: Tile,
  keys: Tile,
  p: Float32Array,
  dp: Float32Array,
  dots: Float64Array,
): void {
  const c = 1 / Math.sqrt(shape.headWidth);
  const columns = sizeOf(keys);
  eachRow(shape, queries, keys, (start, _visible, _row, m, t) => {
    const dot = dots[m * shape.length + t]!;
    for (let i = start; i < start + columns; i += 1) dp[i] = c * p[i]! * (dp[i]! - dot);
  });
}

/** D, a number a row: sum_d dO O, ascending in f64. */
function rowDots(
  { matrices, length, headWidth }: Shape,
  dy: Float32Array,
  y: Float32Array,
  dots: Float64Array,
): void {
  for (let row = 0; row < matrices * length; row += 1) {
    let dot = 0;
    for (let i = row * headWidth; i < (row + 1) * headWidth; i += 1) dot += dy[i]! * y[i]!;
    dots[row] = dot;
  }
}

async function run(backend: Backend, op: BatchedGemm): Promise<void> {
  const pending = backend.gemmBatched(op);
  if (pending !== undefined) await pending;
}
