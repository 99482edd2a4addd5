/**
 * Compute for simulations: the toy model behind the interface of real lanes. Invariant: a result is a
 * pure function of the job; only when it comes depends on the machine and on its weather.
 */
import { compareDeltas } from '../compute/training/compare-deltas.ts';
import { outerStep } from '../compute/training/outer-step.ts';
import { digestOf } from '../events/digest.ts';
import type { ComputeLane, JobName, Jobs, LaneInfo } from '../roles/compute-lane.ts';
import { ComputeError } from '../roles/compute-lane.ts';
import type { Host } from './host.ts';
import { contribute, heldOutLossMicroNats, trainStage } from './toy-model.ts';

type Job<N extends JobName> = (input: Jobs[N]['input']) => Jobs[N]['output'];

const jobs: { readonly [N in JobName]: Job<N> } = {
  contribute: (input) => ({ ...contribute(input), feedback: null }),
  stage: trainStage,
  outerStep: ({ spec, checkpoint, momentum, deltas }) =>
    outerStep(spec, checkpoint, momentum, deltas),
  compareDeltas: ({ committed, recomputed }) => compareDeltas(committed, recomputed),
  heldOutLoss: ({ checkpoint }) => heldOutLossMicroNats(checkpoint),
};

/** What a lane's jobs come to; when is the machine's business. */
export interface Compute {
  readonly info: LaneInfo;
  of<N extends JobName>(
    name: N,
    input: Jobs[N]['input'],
  ): Jobs[N]['output'] | Promise<Jobs[N]['output']>;
}

const TOY: LaneInfo = { backend: 'exact', computeClass: 'exact', description: 'toy' };

/**
 * Results of one simulation by what went in: validators compute what workers have computed, and to
 * the byte the same, so it need not be done again for each.
 */
export class ToyResults implements Compute {
  readonly info = TOY;
  readonly #known = new Map<string, unknown>();

  of<N extends JobName>(name: N, input: Jobs[N]['input']): Jobs[N]['output'] {
    const key = `${name} ${keyOf(input)}`;
    if (!this.#known.has(key)) this.#known.set(key, (jobs[name] as Job<N>)(input));
    return this.#known.get(key) as Jobs[N]['output'];
  }
}

/** Bytes by their digest, everything else as it is. */
const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) =>
    ArrayBuffer.isView(part)
      ? digestOf(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
      : part,
  );

/** How long a job takes on this machine when nothing slows it, in ms. */
export type Pace = (job: JobName) => number;

export class PacedLane implements ComputeLane {
  readonly info: LaneInfo;
  readonly #host: Host;
  readonly #pace: Pace;
  readonly #compute: Compute;

  constructor(host: Host, pace: Pace, compute: Compute) {
    this.info = compute.info;
    this.#host = host;
    this.#compute = compute;
    this.#pace = pace;
  }

  async run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    const { weather, clock } = this.#host;
    const ms = this.#pace(name) * weather.slowness(this.#host.name);
    if (ms > 0) await clock.sleep(ms);
    try {
      const result = this.#compute.of(name, input);
      return result instanceof Promise ? await result : result;
    } catch (error) {
      const { name: kind, message, code = null } = error as Error & { code?: string };
      throw new ComputeError({ name: kind, message, code });
    }
  }

  async close(): Promise<void> {}
}

/** The same without a machine that takes its time: for whoever looks at a recording afterwards. */
export function toyAuditLane(): ComputeLane {
  const results = new ToyResults();
  return {
    info: TOY,
    run: async (name, input) => results.of(name, input),
    close: async () => {},
  };
}
