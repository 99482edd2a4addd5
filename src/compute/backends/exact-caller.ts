/** How the exact backend's kernels are called: arrays as addresses, rows shared among threads. */
import { CUT } from './exact-job.ts';
import { NUMBERS_AT, NUMBERS_MAX } from './exact-geometry.ts';
import { DOUBLE } from './exact-loops.ts';
import { ROW_KERNEL_NAMES } from './exact-rows.ts';
import type { RowKernel } from './exact-rows.ts';
import type { ExactTeam } from './exact-team.ts';
import type { LinearMemory } from './linear-memory.ts';

type Numbers = Float32Array | Float64Array;

/** Elements below which waking another thread costs more than it saves. */
const PARALLEL_MIN = 32_768;
/** Chunks a thread, so that a slow thread holds up the others for a quarter of its share at most. */
const CHUNKS_PER_THREAD = 4;
/** Chunks of elements begin at pairs and at vectors. */
const MULTIPLE = 8;

/** Where a sum is left: after the real parameters of any kernel that sums. */
const SUM_INDEX = NUMBERS_MAX - 1;
const SUM_AT = NUMBERS_AT + SUM_INDEX * DOUBLE;

export class ExactCaller {
  readonly memory: LinearMemory;
  /** Real parameters of the next kernel. */
  readonly numbers: Float64Array;
  readonly #team: ExactTeam;

  constructor(memory: LinearMemory, team: ExactTeam) {
    this.memory = memory;
    this.numbers = team.numbers;
    this.#team = team;
  }

  /** Runs a kernel over `count` rows or elements of about `cost` elements each. */
  run(kernel: RowKernel, args: readonly number[], count: number, cost: number): void {
    const { threads } = this.#team;
    const chunks = threads > 1 && count * cost >= PARALLEL_MIN ? threads * CHUNKS_PER_THREAD : 1;
    const each = Math.ceil(count / chunks);
    const step = cost === 1 ? Math.ceil(each / MULTIPLE) * MULTIPLE : each;
    const job = { cut: CUT.rows, kernel: ROW_KERNEL_NAMES.indexOf(kernel), step, count, args };
    this.#team.run(job, Math.max(1, Math.ceil(count / step)));
  }

  /** What a kernel adds to `start`, on this thread alone: a sum takes its terms in one order. */
  sum(kernel: RowKernel, args: readonly number[], count: number, start: number): number {
    this.numbers[SUM_INDEX] = start;
    this.#team.kernels[kernel](SUM_AT, ...args, 0, count);
    return this.numbers[SUM_INDEX];
  }

  /** Addresses of all, or null where one lies elsewhere. */
  addresses(...arrays: readonly Numbers[]): readonly number[] | null {
    const found = arrays.map((array) => this.memory.addressOf(array));
    return found.includes(undefined) ? null : (found as number[]);
  }

  /** For the length of `use`, working space may be taken. */
  working<T>(use: () => T): T {
    try {
      return use();
    } finally {
      this.memory.releaseWorking();
    }
  }
}
