/**
 * A device kernel as data: WGSL text with its shapes written into it, the storage it is bound to and
 * the grid it runs on. Making one touches no device; recorder.ts compiles and runs them.
 *
 * Invariant: storage that a kernel writes is bound once, for WebGPU forbids writable ranges that
 * overlap and a buffer that is read and written under two names in one dispatch.
 */

/** `length` 4-byte elements of a buffer. */
export interface Slice {
  readonly buffer: GPUBuffer;
  /** Bytes, a multiple of 256. */
  readonly offset: number;
  readonly length: number;
}

/** Where a gradient goes. */
export interface Target {
  readonly data: Slice;
  readonly accumulate: boolean;
}

export interface Access {
  readonly slice: Slice;
  readonly mode: 'read' | 'read_write';
  readonly type: 'f32' | 'u32';
}

export interface Kernel {
  readonly code: string;
  /** In the order of the bindings. */
  readonly slices: readonly Slice[];
  /** Four u32 as `sizes`, where one text serves many shapes. */
  readonly sizes?: readonly [number, number, number, number];
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
}

/** WebGPU's default limit along one dimension of a grid. */
const GROUPS_MAX = 65535;
const ELEMENTS_A_GROUP = 256;

export const reads = (slice: Slice): Access => ({ slice, mode: 'read', type: 'f32' });
export const readsWords = (slice: Slice): Access => ({ slice, mode: 'read', type: 'u32' });
export const writes = (slice: Slice): Access => ({ slice, mode: 'read_write', type: 'f32' });

/** @param body WGSL at module scope: declarations and `main` */
export function kernelOf(
  accesses: Readonly<Record<string, Access>>,
  body: string,
  groups: readonly [number, number, number],
): Kernel {
  const bindings = Object.entries(accesses).map(
    ([name, { mode, type }], at) =>
      `@group(0) @binding(${at}) var<storage, ${mode}> ${name}: array<${type}>;`,
  );
  const slices = Object.values(accesses).map(({ slice }) => slice);
  const sizes = `@group(0) @binding(${slices.length}) var<uniform> sizes: vec4u;`;
  return { code: `${bindings.join('\n')}\n${sizes}\n${body}`, slices, groups };
}

/** `body` for each i below `count`. */
export function elementwise(
  accesses: Readonly<Record<string, Access>>,
  count: number,
  body: string,
): Kernel {
  const main = `
@compute @workgroup_size(${ELEMENTS_A_GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * ${GROUPS_MAX}u + group.x) * ${ELEMENTS_A_GROUP}u + lane;
  if (i >= ${count}u) { return; }
  ${body}
}`;
  return kernelOf(accesses, main, lineOf(Math.ceil(count / ELEMENTS_A_GROUP)));
}

/**
 * `body` for each row below `rows` by a workgroup of its own: `row`, `lane` and LANES invocations,
 * which may call `total(x, lane)` and `greatest(x, lane)` together.
 * @param width elements a row, by which the group's size is chosen
 */
export function rowwise(
  accesses: Readonly<Record<string, Access>>,
  rows: number,
  width: number,
  body: string,
): Kernel {
  const lanes = lanesFor(width);
  const main = `${reductions(lanes)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * ${GROUPS_MAX}u + group.x;
  if (row >= ${rows}u) { return; }
  ${body}
}`;
  return kernelOf(accesses, main, lineOf(rows));
}

/** A write, or an addition to what is there. */
export const assignment = (accumulate: boolean): string => (accumulate ? '+=' : '=');

/** WGSL literal, the f32 nearest to a number that is finite in f32. */
export const literal = (x: number): string => {
  const text = String(Math.fround(x));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
};

/** A grid of at least `groups` workgroups, numbered row by row. */
function lineOf(groups: number): readonly [number, number, number] {
  const across = Math.min(groups, GROUPS_MAX);
  return [across, across === 0 ? 0 : Math.ceil(groups / across), 1];
}

/** A power of two from 32 to 256, some four elements of the row each. */
function lanesFor(width: number): number {
  let lanes = 32;
  while (lanes < 256 && lanes * 4 < width) lanes *= 2;
  return lanes;
}

/** Trees over the lanes of a group; every lane gets the result. */
const reductions = (lanes: number): string => `
const LANES = ${lanes}u;
var<workgroup> shares: array<f32, ${lanes}>;
fn total(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  shares[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { shares[lane] += shares[lane + half]; }
    workgroupBarrier();
  }
  return shares[0];
}
fn greatest(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  shares[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { shares[lane] = max(shares[lane], shares[lane + half]); }
    workgroupBarrier();
  }
  return shares[0];
}`;
