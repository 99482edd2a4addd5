/**
 * A lane on a thread of its own, so that a role goes on heartbeating while kernels run for seconds.
 * One job at a time, first come, first served.
 */
import { Worker } from 'node:worker_threads';
import type { BackendName } from '../compute/backend.ts';
import type {
  ComputeLane,
  DisputeLane,
  JobName,
  Jobs,
  LaneFailure,
  LaneInfo,
} from './compute-lane.ts';
import { ComputeError } from './compute-lane.ts';

/** What crosses the thread boundary. */
export type LaneReply =
  | { readonly kind: 'ready'; readonly info: LaneInfo }
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: LaneFailure };

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

export class ThreadLane implements ComputeLane {
  readonly info: LaneInfo;
  /** Only exact results have traces that others can be held to. */
  readonly disputes?: DisputeLane;
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;

  private constructor(thread: Worker, info: LaneInfo) {
    this.#thread = thread;
    this.info = info;
    if (info.computeClass === 'exact')
      this.disputes = { run: (name, input) => this.#order(name, input) };
    thread.on('message', (reply: LaneReply) => this.#settle(reply));
    thread.on('error', (error) => this.#failAll(error));
    thread.on('exit', () => this.#failAll(new Error('the compute thread has ended')));
  }

  /** @throws ComputeError when the backend cannot be had (gpu without a device, say) */
  static async open(backend: BackendName, threads: number): Promise<ThreadLane> {
    const thread = new Worker(new URL('./compute-thread.ts', import.meta.url), {
      workerData: { backend, threads },
    });
    const first = await new Promise<LaneReply>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
    if (first.kind === 'ready') return new ThreadLane(thread, first.info);
    await thread.terminate();
    if (first.kind === 'failed') throw new ComputeError(first.error);
    throw new Error('the compute thread answered before it was asked');
  }

  run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    return this.#order(name, input);
  }

  #order<T>(name: string, input: unknown): Promise<T> {
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
