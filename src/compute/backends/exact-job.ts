/**
 * A product, or a kernel over rows, as words in shared memory, cut into chunks that any thread may run in any order.
 * Chunks split rows, columns or batch items of C, never the sum over k, so who runs which chunk
 * cannot change a bit. Addresses are bytes; those from 2 GiB up are negative words, which WASM
 * reads as the unsigned addresses they are.
 */
import { COLUMNS } from './exact-geometry.ts';
import type { ExactKernels } from './exact-kernels.ts';
import { ROW_KERNELS, ROW_KERNEL_NAMES } from './exact-rows.ts';

/** Cuts of a product into chunks. */
export const CUT = {
  /** A chunk packs some panels of B. */
  pack: 0,
  /** A chunk multiplies some rows by some packed panels. */
  tiles: 1,
  /** A chunk packs and multiplies one batch item, its panels being the thread's own. */
  items: 2,
  /** A chunk is some rows or elements of a kernel of exact-rows.ts. */
  rows: 3,
} as const;

export interface ExactJob {
  readonly cut: typeof CUT.pack | typeof CUT.tiles | typeof CUT.items;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly accumulate: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly kBlock: number;
  /** Addresses of A, B, C and packed B. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly panels: number;
  /** Bytes between the packed B of two threads ('items'). */
  readonly panelBytesPerThread: number;
  /** Rows of a chunk, and chunks that together cover all rows ('tiles'). */
  readonly rowStep: number;
  readonly rowChunks: number;
  /** Panels of a chunk ('pack', 'tiles'). */
  readonly panelStep: number;
}

export interface RowsJob {
  readonly cut: typeof CUT.rows;
  /** Index into ROW_KERNEL_NAMES. */
  readonly kernel: number;
  /** Rows or elements of a chunk, and of all chunks. */
  readonly step: number;
  readonly count: number;
  /** What the kernel takes before its range. */
  readonly args: readonly number[];
}

export type Job = ExactJob | RowsJob;

export const JOB_WORDS = 16;
/** Where a RowsJob's arguments begin. */
const ARGS_AT = 4;

export function writeJob(words: Int32Array, at: number, job: Job): void {
  words[at] = job.cut;
  if (job.cut === CUT.rows) {
    words.set([job.kernel, job.step, job.count, ...job.args], at + 1);
    return;
  }
  words[at + 1] = Number(job.transA);
  words[at + 2] = Number(job.transB);
  words[at + 3] = Number(job.accumulate);
  words[at + 4] = job.m;
  words[at + 5] = job.n;
  words[at + 6] = job.k;
  words[at + 7] = job.kBlock;
  words[at + 8] = job.a;
  words[at + 9] = job.b;
  words[at + 10] = job.c;
  words[at + 11] = job.panels;
  words[at + 12] = job.panelBytesPerThread;
  words[at + 13] = job.rowStep;
  words[at + 14] = job.rowChunks;
  words[at + 15] = job.panelStep;
}

export function readJob(words: Int32Array, at: number): Job {
  if (words[at] === CUT.rows) {
    const kernel = words[at + 1]!;
    const args = ROW_KERNELS[ROW_KERNEL_NAMES[kernel]!].map((_, i) => words[at + ARGS_AT + i]!);
    return { cut: CUT.rows, kernel, step: words[at + 2]!, count: words[at + 3]!, args };
  }
  return {
    cut: words[at]! as ExactJob['cut'],
    transA: words[at + 1] === 1,
    transB: words[at + 2] === 1,
    accumulate: words[at + 3] === 1,
    m: words[at + 4]!,
    n: words[at + 5]!,
    k: words[at + 6]!,
    kBlock: words[at + 7]!,
    a: words[at + 8]!,
    b: words[at + 9]!,
    c: words[at + 10]!,
    panels: words[at + 11]!,
    panelBytesPerThread: words[at + 12]!,
    rowStep: words[at + 13]!,
    rowChunks: words[at + 14]!,
    panelStep: words[at + 15]!,
  };
}

/** Runs chunk `index`; `scratch` is the address of this thread's SCRATCH_BYTES. */
export function runChunk(
  kernels: ExactKernels,
  job: Job,
  index: number,
  thread: number,
  scratch: number,
): void {
  if (job.cut === CUT.rows) {
    const from = index * job.step;
    const to = Math.min(job.count, from + job.step);
    kernels[ROW_KERNEL_NAMES[job.kernel]!](...job.args, from, to);
    return;
  }
  const panelCount = Math.ceil(job.n / COLUMNS);
  if (job.cut === CUT.pack) {
    const from = index * job.panelStep;
    pack(kernels, job, job.b, job.panels, from, Math.min(panelCount, from + job.panelStep));
    return;
  }
  if (job.cut === CUT.tiles) {
    const row = (index % job.rowChunks) * job.rowStep;
    const panel = Math.floor(index / job.rowChunks) * job.panelStep;
    const rows = { from: row, to: Math.min(job.m, row + job.rowStep) };
    const panels = { from: panel, to: Math.min(panelCount, panel + job.panelStep) };
    multiply(kernels, job, { a: job.a, c: job.c, panels: job.panels }, rows, panels, scratch);
    return;
  }
  const panels = job.panels + thread * job.panelBytesPerThread;
  const a = job.a + index * job.m * job.k * 4;
  const c = job.c + index * job.m * job.n * 4;
  pack(kernels, job, job.b + index * job.k * job.n * 4, panels, 0, panelCount);
  multiply(
    kernels,
    job,
    { a, c, panels },
    { from: 0, to: job.m },
    { from: 0, to: panelCount },
    scratch,
  );
}

function pack(
  kernels: ExactKernels,
  job: ExactJob,
  b: number,
  panels: number,
  from: number,
  to: number,
): void {
  if (job.transB) kernels.packColumnsTransposed(b, panels, job.k, job.n, from, to);
  else kernels.packColumns(b, panels, job.k, job.n, from, to);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function multiply(
  kernels: ExactKernels,
  job: ExactJob,
  at: { readonly a: number; readonly c: number; readonly panels: number },
  rows: Range,
  panels: Range,
  scratch: number,
): void {
  kernels.multiply(
    at.a,
    at.panels,
    at.c,
    job.m,
    job.n,
    job.k,
    rows.from,
    rows.to,
    panels.from,
    panels.to,
    Number(job.transA),
    Number(job.accumulate),
    job.kBlock,
    scratch,
  );
}
