/**
 * The threads of the exact backend. A run publishes a job and a count of chunks; every thread, the
 * caller first among them, takes chunks from one counter until none is left, and the caller waits
 * only for chunks that others still have in hand. So a sleeping or slow helper delays nothing.
 *
 * Invariant: job words change only while the counter is not positive, and a thread reads them only
 * after taking a positive count; the counter is stored last, so the words it sees are complete.
 */
import type { Helper, HelperStart } from './exact-host.ts';
import { invariant } from '../invariant.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { JOB_WORDS, jobPlaces, readJob, runChunk, writeJob } from './exact-job.ts';
import type { Job, JobPlaces } from './exact-job.ts';
import { NUMBERS_AT, NUMBERS_MAX, SCRATCH_BYTES } from './exact-geometry.ts';
import { assembleExactKernels } from './exact-kernels.ts';
import type { ExactKernels } from './exact-kernels.ts';
import { MAX_PAGES } from './linear-memory.ts';
import type { LinearMemory } from './linear-memory.ts';

const MAX_THREADS = 64;
const THREAD_BYTES = Math.ceil(SCRATCH_BYTES / 64) * 64;

/** Indices into the words at address 0. */
const WORD = {
  /** Chunks not taken yet; 0 or less when there are none. */
  untaken: 0,
  /** Counts runs; helpers sleep on it. */
  run: 1,
  /** Chunks finished; the caller sleeps on it. */
  finished: 2,
  chunks: 3,
  closing: 4,
  failed: 5,
  job: 16,
} as const;
const CONTROL_BYTES = NUMBERS_AT + NUMBERS_MAX * 8;
invariant((WORD.job + JOB_WORDS) * 4 <= NUMBERS_AT, 'the words end before the numbers');

/** Reads of a word before going to sleep on it: tens of microseconds, about what waking costs. */
const SPINS = 10_000;

/** Control words and each thread's scratch, at the start of the memory. */
export const RESERVED_BYTES = (threads: number): number => {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new BackendUnavailable(
      'backend_threads_invalid',
      `Threads must be a whole number from 1 to ${MAX_THREADS}, not ${threads}.`,
    );
  }
  return CONTROL_BYTES + threads * THREAD_BYTES;
};

const scratchOf = (thread: number): number => CONTROL_BYTES + thread * THREAD_BYTES;

export class ExactTeam {
  readonly threads: number;
  /** The caller's own instance, thread 0. */
  readonly kernels: ExactKernels;
  readonly scratch = scratchOf(0);
  /** Real parameters of the next row kernel: written between runs only. */
  readonly numbers: Float64Array;
  readonly #words: Int32Array;
  readonly #places = jobPlaces();
  readonly #helpers: readonly Helper[];

  private constructor(kernels: ExactKernels, words: Int32Array, helpers: readonly Helper[]) {
    this.threads = helpers.length + 1;
    this.kernels = kernels;
    this.#words = words;
    this.numbers = new Float64Array(words.buffer, NUMBERS_AT, NUMBERS_MAX);
    this.#helpers = helpers;
  }

  static async open(memory: LinearMemory, threads: number): Promise<ExactTeam> {
    const shared = memory.memory;
    const module = new WebAssembly.Module(assembleExactKernels(MAX_PAGES));
    const kernels = instantiate(module, shared);
    const words = new Int32Array(shared.buffer, 0, CONTROL_BYTES / 4);
    const helpers: Helper[] = [];
    if (threads > 1) {
      // Threads are the host's; one thread needs none, and then runs wherever WebAssembly does.
      const { startHelper } = await import('./exact-threads.ts');
      for (let thread = 1; thread < threads; thread++)
        helpers.push(startHelper({ memory: shared, module, thread }));
    }
    const team = new ExactTeam(kernels, words, helpers);
    try {
      await Promise.all(helpers.map((helper) => helper.ready));
    } catch (cause) {
      await team.close();
      throw cause;
    }
    return team;
  }

  /** Runs every chunk of the job, here and on the helpers; returns when all are finished. */
  run(job: Job, chunks: number): void {
    const words = this.#words;
    invariant(Atomics.load(words, WORD.untaken) <= 0, 'run during a run');
    invariant(Atomics.load(words, WORD.closing) === 0, 'run after close');
    writeJob(words, WORD.job, job);
    Atomics.store(words, WORD.chunks, chunks);
    Atomics.store(words, WORD.finished, 0);
    Atomics.store(words, WORD.untaken, chunks);
    if (chunks > 1) wake(words);
    takeChunks(this.kernels, words, 0, this.#places);
    awaitWord(words, WORD.finished, (finished) => finished === chunks);
    invariant(Atomics.load(words, WORD.failed) === 0, 'a kernel trapped on a helper thread');
  }

  async close(): Promise<void> {
    Atomics.store(this.#words, WORD.closing, 1);
    wake(this.#words);
    await Promise.all(this.#helpers.map((helper) => helper.exited()));
  }
}

/** Body of a helper thread: serves runs until the team closes. */
export function serveTeam({ memory, module, thread }: HelperStart): void {
  const kernels = instantiate(module, memory);
  const words = new Int32Array(memory.buffer, 0, CONTROL_BYTES / 4);
  const places = jobPlaces();
  for (;;) {
    const run = Atomics.load(words, WORD.run);
    takeChunks(kernels, words, thread, places);
    if (Atomics.load(words, WORD.closing) === 1) return;
    awaitWord(words, WORD.run, (current) => current !== run);
  }
}

function takeChunks(
  kernels: ExactKernels,
  words: Int32Array,
  thread: number,
  places: JobPlaces,
): void {
  for (;;) {
    const left = Atomics.sub(words, WORD.untaken, 1);
    if (left <= 0) return;
    // Read anew for each chunk: the one before may have been the last of an earlier run.
    const job = readJob(words, WORD.job, places);
    const chunks = Atomics.load(words, WORD.chunks);
    try {
      runChunk(kernels, job, chunks - left, thread, scratchOf(thread));
    } catch (trap) {
      // The count must reach its end or the caller would wait for ever.
      Atomics.store(words, WORD.failed, 1);
      if (thread === 0) throw trap;
    } finally {
      const finished = Atomics.add(words, WORD.finished, 1) + 1;
      if (finished === chunks) Atomics.notify(words, WORD.finished);
    }
  }
}

function awaitWord(words: Int32Array, word: number, done: (value: number) => boolean): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (done(Atomics.load(words, word))) return;
  }
  for (;;) {
    const value = Atomics.load(words, word);
    if (done(value)) return;
    Atomics.wait(words, word, value);
  }
}

function wake(words: Int32Array): void {
  Atomics.add(words, WORD.run, 1);
  Atomics.notify(words, WORD.run);
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): ExactKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as ExactKernels;
}
