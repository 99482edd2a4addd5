/**
 * C (m, n) = op(A) (m, k) . op(B) (k, n) [+ C], `batch` independent ones, each element in f32 with
 * fused multiply-add where the device has it, k ascending.
 *
 * A workgroup of 16 x 16 makes a tile of C; 8 steps of k of both operands lie in workgroup memory,
 * the next 8 are already on their way in registers (Volkov and Demmel 2008). An invocation keeps
 * 4 x 4 or 8 x 8 elements of C in registers, as rows and columns 64 apart, so that the lanes of a
 * subgroup read neighbours.
 */
import { kernelOf, reads, writes } from '../kernel.ts';
import type { Kernel, Slice } from '../kernel.ts';

export interface DeviceGemm {
  readonly batch: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly accumulate: boolean;
}

const DEPTH = 8;
const THREADS = 256;
/** Tiles of C above which a device with many processors is busy with the larger ones. */
const LARGE_TILES_MIN = 64;

export function gemm(shape: DeviceGemm, a: Slice, b: Slice, c: Slice): Kernel {
  const { batch, m, n, k, accumulate } = shape;
  const large = Math.ceil(m / 128) * Math.ceil(n / 128) * batch >= LARGE_TILES_MIN;
  // Four columns or rows at a time; a group of 64 of them is one step of an invocation.
  const spans = large ? 2 : 1;
  const side = spans * 64;
  return {
    ...kernelOf(
      { a: reads(a), b: reads(b), c: writes(c) },
      source(shape.transA, shape.transB, spans),
      [Math.ceil(n / side), Math.ceil(m / side), batch],
    ),
    sizes: [m, n, k, accumulate ? 1 : 0],
  };
}

/** One text for all sizes: drivers take a second to compile it. */
function source(transA: boolean, transB: boolean, spans: number): string {
  const side = spans * 64;
  const loads = (side * DEPTH) / THREADS;
  const rows = spans * 4;
  // One float of padding a row of the tile in every four keeps stores off one another's banks.
  const pitch = side / 4 + 1;
  return `
var<workgroup> tileA: array<array<vec4f, ${pitch}>, ${DEPTH}>;
var<workgroup> tileB: array<array<vec4f, ${pitch}>, ${DEPTH}>;
${operand('a', 'sizes.x', !transA, side)}
${operand('b', 'sizes.y', transB, side)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let m = sizes.x;
  let n = sizes.y;
  let k = sizes.z;
  let across = lane % 16u;
  let down = lane / 16u;
  let firstRow = group.y * ${side}u;
  let firstColumn = group.x * ${side}u;
  let offsetA = group.z * m * k;
  let offsetB = group.z * k * n;
  ${each(rows, (r) => each(spans, (s) => `var sum${r}${s} = vec4f();`))}
  ${each(loads, (l) => `var nextA${l} = loadA(offsetA, firstRow, 0u, lane + ${l * THREADS}u);`)}
  ${each(loads, (l) => `var nextB${l} = loadB(offsetB, firstColumn, 0u, lane + ${l * THREADS}u);`)}
  for (var p = 0u; p < k; p += ${DEPTH}u) {
    workgroupBarrier();
    ${each(loads, (l) => `storeA(lane + ${l * THREADS}u, nextA${l});`)}
    ${each(loads, (l) => `storeB(lane + ${l * THREADS}u, nextB${l});`)}
    workgroupBarrier();
    if (p + ${DEPTH}u < k) {
      ${each(loads, (l) => `nextA${l} = loadA(offsetA, firstRow, p + ${DEPTH}u, lane + ${l * THREADS}u);`)}
      ${each(loads, (l) => `nextB${l} = loadB(offsetB, firstColumn, p + ${DEPTH}u, lane + ${l * THREADS}u);`)}
    }
    for (var q = 0u; q < ${DEPTH}u; q++) {
      ${each(spans, (s) => `let left${s} = tileA[q][down + ${s * 16}u];`)}
      ${each(spans, (s) => `let right${s} = tileB[q][across + ${s * 16}u];`)}
      ${each(rows, (r) => each(spans, (s) => `sum${r}${s} = fma(vec4f(left${r >> 2}[${r & 3}]), right${s}, sum${r}${s});`))}
    }
  }
  let row = firstRow + down * 4u;
  let column = firstColumn + across * 4u;
  ${each(rows, (r) => each(spans, (s) => `store(group.z, row + ${(r >> 2) * 64 + (r & 3)}u, column + ${s * 64}u, sum${r}${s});`))}
}
fn store(item: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= sizes.x) { return; }
  for (var i = 0u; i < 4u && column + i < sizes.y; i++) {
    let at = (item * sizes.x + row) * sizes.y + column + i;
    if (sizes.w == 0u) { c[at] = sums[i]; } else { c[at] += sums[i]; }
  }
}`;
}

/**
 * The tile's element `e` from memory into a register, and from there to its place in the tile.
 * @param size m or n, as WGSL
 * @param depthIsInner whether neighbours in memory are neighbours along k
 */
function operand(name: 'a' | 'b', size: string, depthIsInner: boolean, side: number): string {
  const upper = name.toUpperCase();
  const place = depthIsInner
    ? `let q = e % ${DEPTH}u; let r = e / ${DEPTH}u;`
    : `let q = e / ${side}u; let r = e % ${side}u;`;
  const at = depthIsInner ? `(first + r) * sizes.z + p + q` : `(p + q) * ${size} + first + r`;
  return `
fn load${upper}(offset: u32, first: u32, p: u32, e: u32) -> f32 {
  ${place}
  if (first + r >= ${size} || p + q >= sizes.z) { return 0.0; }
  return ${name}[offset + ${at}];
}
fn store${upper}(e: u32, value: f32) {
  ${place}
  tile${upper}[q][r / 4u][r % 4u] = value;
}`;
}

const each = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join('\n  ');
