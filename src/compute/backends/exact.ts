/**
 * The exact backend: WASM SIMD128 kernels, the bits of reference.ts at any thread count.
 * Arrays from `alloc` are used where they lie; other arrays are copied in and, if written, out.
 * Calls return when the product is done: threads share the memory and the caller works with them.
 */
import type { Backend, BatchedGemm, Gemm } from '../backend.ts';
import { ExactCaller } from './exact-caller.ts';
import { exactKernels } from './exact-calls.ts';
import { CUT, runChunk } from './exact-job.ts';
import type { ExactJob } from './exact-job.ts';
import { COLUMNS, K_BLOCK_MAX, ROWS } from './exact-geometry.ts';
import { ExactTeam, RESERVED_BYTES } from './exact-team.ts';
import { assertGemm } from './gemm-shape.ts';
import { LinearMemory } from './linear-memory.ts';

/** Below this many multiply-adds waking another thread costs more than it saves. */
const PARALLEL_MIN = 2_000_000;
/** Below this many floats of B one thread packs them all. */
const PARALLEL_PACK_MIN = 65_536;
/** Chunks a thread, so that a slow thread holds up the others for a quarter of its share at most. */
const CHUNKS_PER_THREAD = 4;
const ROW_STEP_MIN = 16;
const ROW_STEP_MAX = 64;

/** Throws BackendUnavailable: 'backend_threads_invalid', 'backend_memory_exhausted'. */
export async function openExactBackend(options: { readonly threads: number }): Promise<Backend> {
  const { threads } = options;
  const memory = new LinearMemory(RESERVED_BYTES(threads));
  const team = await ExactTeam.open(memory, threads);

  const run = (op: Gemm, batch: number): void => {
    assertGemm(op, batch);
    if (op.m === 0 || op.n === 0 || batch === 0) return;
    if (op.k === 0) {
      if (!op.accumulate) op.c.fill(0, 0, batch * op.m * op.n);
      return;
    }
    try {
      multiply(memory, team, op, batch);
    } finally {
      memory.releaseWorking();
    }
  };

  return {
    name: 'exact',
    computeClass: 'exact',
    threads,
    description: `WASM SIMD128, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    alloc: (length) => memory.alloc(length),
    reset: () => memory.reset(),
    kernels: exactKernels(new ExactCaller(memory, team)),
    gemm: (op: Gemm) => run(op, 1),
    gemmBatched: (op: BatchedGemm) => run(op, op.batch),
    close: () => team.close(),
  };
}

function multiply(memory: LinearMemory, team: ExactTeam, op: Gemm, batch: number): void {
  const { transA, transB, m, n, k, accumulate } = op;
  const sizeC = batch * m * n;
  const a = memory.addressOf(op.a) ?? copyIn(memory, op.a, batch * m * k);
  const b = memory.addressOf(op.b) ?? copyIn(memory, op.b, batch * k * n);
  const ownC = memory.addressOf(op.c);
  const c = ownC ?? (accumulate ? copyIn(memory, op.c, sizeC) : memory.working(sizeC * 4));

  const kBlock = Math.ceil(k / Math.ceil(k / K_BLOCK_MAX));
  const shared = { transA, transB, accumulate, m, n, k, kBlock, a, b, c };
  const parallel = team.threads > 1 && batch * m * n * k >= PARALLEL_MIN;
  if (parallel && batch < team.threads) byTiles(memory, team, shared, batch);
  else byItems(memory, team, shared, batch, parallel);

  if (ownC === undefined) op.c.set(memory.view(c, sizeC));
}

type Operands = Omit<
  ExactJob,
  'cut' | 'panels' | 'panelBytesPerThread' | 'rowStep' | 'rowChunks' | 'panelStep'
>;

/** One chunk a batch item; on this thread alone unless `parallel`. */
function byItems(
  memory: LinearMemory,
  team: ExactTeam,
  operands: Operands,
  batch: number,
  parallel: boolean,
): void {
  const panelBytesPerThread = packedBytes(operands);
  const panels = memory.working(panelBytesPerThread * (parallel ? team.threads : 1));
  const job: ExactJob = {
    ...operands,
    cut: CUT.items,
    panels,
    panelBytesPerThread,
    rowStep: 0,
    rowChunks: 0,
    panelStep: 0,
  };
  if (parallel) team.run(job, batch);
  else for (let item = 0; item < batch; item++) runChunk(team.kernels, job, item, 0, team.scratch);
}

/** Item after item: all threads pack its B, then all threads multiply its tiles. */
function byTiles(memory: LinearMemory, team: ExactTeam, operands: Operands, batch: number): void {
  const { m, n, k } = operands;
  const chunks = team.threads * CHUNKS_PER_THREAD;
  const panelCount = Math.ceil(n / COLUMNS);
  const rowStep = clamp(multipleOf(ROWS, m / chunks), ROW_STEP_MIN, ROW_STEP_MAX);
  const rowChunks = Math.ceil(m / rowStep);
  const columnChunks = Math.min(panelCount, Math.ceil(chunks / 2 / rowChunks));
  const packStep = k * n < PARALLEL_PACK_MIN ? panelCount : Math.ceil(panelCount / chunks);
  const panels = memory.working(packedBytes(operands));

  for (let item = 0; item < batch; item++) {
    const job: ExactJob = {
      ...operands,
      a: operands.a + item * m * k * 4,
      b: operands.b + item * k * n * 4,
      c: operands.c + item * m * n * 4,
      cut: CUT.pack,
      panels,
      panelBytesPerThread: 0,
      rowStep,
      rowChunks,
      panelStep: packStep,
    };
    team.run(job, Math.ceil(panelCount / packStep));
    const panelStep = Math.ceil(panelCount / columnChunks);
    team.run({ ...job, cut: CUT.tiles, panelStep }, rowChunks * Math.ceil(panelCount / panelStep));
  }
}

function packedBytes({ n, k }: { readonly n: number; readonly k: number }): number {
  return multipleOf(COLUMNS, n) * k * 4;
}

function copyIn(memory: LinearMemory, floats: Float32Array, length: number): number {
  const address = memory.working(length * 4);
  memory.view(address, length).set(floats.length === length ? floats : floats.subarray(0, length));
  return address;
}

function multipleOf(unit: number, value: number): number {
  return Math.ceil(value / unit) * unit;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
