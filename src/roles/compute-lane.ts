/**
 * A lane of computation: a thread of its own, so that a role goes on heartbeating while kernels run
 * for seconds. One job at a time, first come, first served; the results are those of the pure
 * functions in src/compute, wherever they run.
 */
import { Worker } from 'node:worker_threads';
import type { BackendName, ComputeClass } from '../compute/backend.ts';
import type { Contribution } from '../compute/training/contribution.ts';
import type { OuterResult, OuterSpec } from '../compute/training/outer-step.ts';
import type { TrainingSpec } from '../compute/training/spec.ts';

export interface Jobs {
  readonly contribute: {
    readonly input: {
      readonly spec: TrainingSpec;
      readonly checkpoint: Uint8Array;
      readonly pages: readonly Uint16Array[];
    };
    readonly output: Contribution;
  };
  readonly heldOutLoss: {
    readonly input: {
      readonly model: TrainingSpec['model'];
      readonly checkpoint: Uint8Array;
      readonly pages: readonly Uint16Array[];
      readonly batchPages: number;
    };
    /** Integer micro-nats a token. */
    readonly output: number;
  };
  readonly outerStep: {
    readonly input: {
      readonly spec: OuterSpec;
      readonly checkpoint: Uint8Array;
      readonly momentum: Uint8Array | null;
      readonly deltas: readonly Uint8Array[];
    };
    readonly output: OuterResult;
  };
  readonly compareDeltas: {
    readonly input: { readonly committed: Uint8Array; readonly recomputed: Uint8Array };
    readonly output: { readonly cosine: number; readonly normRatio: number };
  };
}

export type JobName = keyof Jobs;

export interface LaneInfo {
  readonly backend: BackendName;
  readonly computeClass: ComputeClass;
  readonly description: string;
}

/** What crosses the thread boundary. */
export type LaneReply =
  | { readonly kind: 'ready'; readonly info: LaneInfo }
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: LaneFailure };

interface LaneFailure {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
}

/** The computation itself said no (numeric fault, hostile bytes); `code` is the kernel's. */
export class ComputeError extends Error {
  override readonly name = 'ComputeError';
  readonly code: string;

  constructor({ name, message, code }: LaneFailure) {
    super(`${name}: ${message}`);
    this.code = code ?? name;
  }
}

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

export class ComputeLane {
  readonly info: LaneInfo;
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;

  private constructor(thread: Worker, info: LaneInfo) {
    this.#thread = thread;
    this.info = info;
    thread.on('message', (reply: LaneReply) => this.#settle(reply));
    thread.on('error', (error) => this.#failAll(error));
    thread.on('exit', () => this.#failAll(new Error('the compute thread has ended')));
  }

  /** @throws ComputeError when the backend cannot be had (gpu without a device, say) */
  static async open(backend: BackendName, threads: number): Promise<ComputeLane> {
    const thread = new Worker(new URL('./compute-thread.ts', import.meta.url), {
      workerData: { backend, threads },
    });
    const first = await new Promise<LaneReply>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
    if (first.kind === 'ready') return new ComputeLane(thread, first.info);
    await thread.terminate();
    if (first.kind === 'failed') throw new ComputeError(first.error);
    throw new Error('the compute thread answered before it was asked');
  }

  run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    this.#jobs += 1;
    const id = this.#jobs;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread.postMessage({ id, name, input });
    });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #settle(reply: LaneReply): void {
    if (reply.kind === 'ready' || reply.id === null) return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'done') waiting?.resolve(reply.output as never);
    else waiting?.reject(new ComputeError(reply.error));
  }

  #failAll(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
