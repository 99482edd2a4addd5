/**
 * Compute for simulations: the toy model behind the interface of real lanes. Invariant: a result is a
 * pure function of the job; only when it comes depends on the machine and on its weather.
 */
import { compareDeltas } from '../compute/training/compare-deltas.ts';
import { outerStep } from '../compute/training/outer-step.ts';
import type { ComputeLane, JobName, Jobs, LaneInfo } from '../roles/compute-lane.ts';
import { ComputeError } from '../roles/compute-lane.ts';
import type { Host } from './host.ts';
import { contribute, heldOutLossMicroNats } from './toy-model.ts';

type Job<N extends JobName> = (input: Jobs[N]['input']) => Jobs[N]['output'];

const jobs: { readonly [N in JobName]: Job<N> } = {
  contribute,
  outerStep: ({ spec, checkpoint, momentum, deltas }) =>
    outerStep(spec, checkpoint, momentum, deltas),
  compareDeltas: ({ committed, recomputed }) => compareDeltas(committed, recomputed),
  heldOutLoss: ({ checkpoint }) => heldOutLossMicroNats(checkpoint),
};

/** How long a job takes on this machine when nothing slows it, in ms. */
export type Pace = (job: JobName) => number;

export class ToyLane implements ComputeLane {
  readonly info: LaneInfo = { backend: 'exact', computeClass: 'exact', description: 'toy' };
  readonly #host: Host;
  readonly #pace: Pace;

  constructor(host: Host, pace: Pace) {
    this.#host = host;
    this.#pace = pace;
  }

  async run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    const { weather, clock } = this.#host;
    const ms = this.#pace(name) * weather.slowness(this.#host.name);
    if (ms > 0) await clock.sleep(ms);
    try {
      return (jobs[name] as Job<N>)(input);
    } catch (error) {
      const { name: kind, message, code = null } = error as Error & { code?: string };
      throw new ComputeError({ name: kind, message, code });
    }
  }

  async close(): Promise<void> {}
}
