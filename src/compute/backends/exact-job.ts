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
    const { args } = job;
    words[at + 1] = job.kernel;
    words[at + 2] = job.step;
    words[at + 3] = job.count;
    for (let i = 0; i < args.length; i += 1) words[at + ARGS_AT + i] = args[i]!;
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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A RowsJob whose arguments have room for a range at their end. */
interface RowsPlace extends Mutable<Omit<RowsJob, 'args'>> {
  readonly args: number[];
}

/** What a thread reads jobs into, chunk after chunk: one place for each of both kinds. */
export interface JobPlaces {
  readonly product: Mutable<ExactJob>;
  readonly rows: RowsPlace;
}

export function jobPlaces(): JobPlaces {
  return {
    product: {
      cut: CUT.pack,
      transA: false,
      transB: false,
      accumulate: false,
      m: 0,
      n: 0,
      k: 0,
      kBlock: 0,
      a: 0,
      b: 0,
      c: 0,
      panels: 0,
      panelBytesPerThread: 0,
      rowStep: 0,
      rowChunks: 0,
      panelStep: 0,
    },
    rows: { cut: CUT.rows, kernel: 0, step: 0, count: 0, args: [] },
  };
}

/** One of the places, filled. */
export function readJob(
  words: Int32Array,
  at: number,
  { product, rows }: JobPlaces,
): ExactJob | RowsPlace {
  if (words[at] === CUT.rows) {
    rows.kernel = words[at + 1]!;
    rows.step = words[at + 2]!;
    rows.count = words[at + 3]!;
    const count = ROW_KERNELS[ROW_KERNEL_NAMES[rows.kernel]!].length;
    rows.args.length = count + 2;
    for (let i = 0; i < count; i += 1) rows.args[i] = words[at + ARGS_AT + i]!;
    return rows;
  }
  product.cut = words[at]! as ExactJob['cut'];
  product.transA = words[at + 1] === 1;
  product.transB = words[at + 2] === 1;
  product.accumulate = words[at + 3] === 1;
  product.m = words[at + 4]!;
  product.n = words[at + 5]!;
  product.k = words[at + 6]!;
  product.kBlock = words[at + 7]!;
  product.a = words[at + 8]!;
  product.b = words[at + 9]!;
  product.c = words[at + 10]!;
  product.panels = words[at + 11]!;
  product.panelBytesPerThread = words[at + 12]!;
  product.rowStep = words[at + 13]!;
  product.rowChunks = words[at + 14]!;
  product.panelStep = words[at + 15]!;
  return product;
}

/** Runs chunk `index`; `scratch` is the address of this thread's SCRATCH_BYTES. */
export function runChunk(
  kernels: ExactKernels,
  job: ExactJob | RowsPlace,
  index: number,
  thread: number,
  scratch: number,
): void {
  if (job.cut === CUT.rows) {
    const { args } = job;
    const from = index * job.step;
    args[args.length - 2] = from;
    args[args.length - 1] = Math.min(job.count, from + job.step);
    kernels[ROW_KERNEL_NAMES[job.kernel]!](...args);
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
    const rowTo = Math.min(job.m, row + job.rowStep);
    const panelTo = Math.min(panelCount, panel + job.panelStep);
    multiply(kernels, job, job.a, job.c, job.panels, row, rowTo, panel, panelTo, scratch);
    return;
  }
  const panels = job.panels + thread * job.panelBytesPerThread;
  const a = job.a + index * job.m * job.k * 4;
  const c = job.c + index * job.m * job.n * 4;
  pack(kernels, job, job.b + index * job.k * job.n * 4, panels, 0, panelCount);
  multiply(kernels, job, a, c, panels, 0, job.m, 0, panelCount, scratch);
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

/** Rows and panels of C from A, C and packed B at these addresses. */
function multiply(
  kernels: ExactKernels,
  { m, n, k, transA, accumulate, kBlock }: ExactJob,
  a: number,
  c: number,
  panels: number,
  rowFrom: number,
  rowTo: number,
  panelFrom: number,
  panelTo: number,
  scratch: number,
): void {
  kernels.multiply(
    a,
    panels,
    c,
    m,
    n,
    k,
    rowFrom,
    rowTo,
    panelFrom,
    panelTo,
    Number(transA),
    Number(accumulate),
    kBlock,
    scratch,
  );
}
