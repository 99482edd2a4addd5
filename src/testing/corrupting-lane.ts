/**
 * A lane on a machine that computes wrong: one element of what one operation writes in one step is
 * another, every time. All that follows from it is computed faithfully, and findings are as they should
 * be: a referee runs an operation of another's.
 */
import type { Backend } from '../compute/backend.ts';
import { openReferenceBackend } from '../compute/backends/reference.ts';
import { committedRoots } from '../compute/disputes/committed-roots.ts';
import { Party } from '../compute/disputes/party.ts';
import { StepProgram } from '../compute/disputes/step-program.ts';
import type { OnOperation } from '../compute/disputes/step-program.ts';
import { conform } from '../compute/model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../compute/tensors/safetensors.ts';
import { allocateTrainer } from '../compute/training/trainer.ts';
import { sha256 } from '../events/digest.ts';
import type {
  SentContribution,
  ComputeLane,
  DisputeJobs,
  DisputeLane,
  JobName,
  Jobs,
} from '../roles/compute-lane.ts';
import { answerQuestion } from '../roles/disputes/answer-question.ts';
import type { DisputedWork } from '../roles/disputes/answer-question.ts';

/** Steps and operations of the window, from 0. */
export interface Corruption {
  readonly step: number;
  readonly index: number;
  readonly element: number;
}

export class CorruptingLane implements ComputeLane {
  readonly info;
  readonly disputes: DisputeLane;
  readonly #faithful: ComputeLane;
  readonly #backend: Backend = openReferenceBackend();
  readonly #corrupt: OnOperation;
  readonly #parties = new Map<string, Party>();

  constructor(faithful: ComputeLane, { step, index, element }: Corruption) {
    this.#faithful = faithful;
    this.info = faithful.info;
    this.#corrupt = (at, operation, { writes }) => {
      if (at !== step || operation !== index) return;
      const { numbers } = writes[0]!;
      numbers[element]! += Math.abs(numbers[element]!) / 2 + 1e-3;
    };
    this.disputes = { run: (name, input) => this.#dispute(name, input) };
  }

  async run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']> {
    if (name !== 'contribute') return this.#faithful.run(name, input);
    return (await this.#contribute(input as DisputedWork)) as Jobs[N]['output'];
  }

  async close(): Promise<void> {}

  async #dispute<N extends keyof DisputeJobs>(
    name: N,
    input: DisputeJobs[N]['input'],
  ): Promise<DisputeJobs[N]['output']> {
    if (name === 'disputeFinding') return this.#faithful.disputes!.run(name, input);
    const { question, ...work } = input as DisputeJobs['disputeAnswer']['input'];
    return (await answerQuestion(this.#partyOf(work), question)) as DisputeJobs[N]['output'];
  }

  #partyOf({ spec, checkpoint, pages }: DisputedWork): Party {
    const key = JSON.stringify([spec.stepOffset, pages.map((page) => [...page])]);
    const known = this.#parties.get(key);
    if (known !== undefined) return known;
    const onOperation = this.#corrupt;
    const party = new Party(spec, checkpoint, pages, openReferenceBackend(), sha256, {
      onOperation,
    });
    this.#parties.set(key, party);
    return party;
  }

  async #contribute({ spec, checkpoint, pages }: DisputedWork): Promise<SentContribution> {
    const initial = conform(spec.model, readSafetensors(checkpoint).tensors, 'checkpoint');
    const trainer = allocateTrainer(spec, initial, this.#backend);
    const program = new StepProgram(trainer);
    for (let step = 0; step < spec.innerSteps; step += 1)
      await program.run(step, pages, this.#corrupt);
    const delta = [...initial].map(([name, { shape, data }]) => {
      const trained = trainer.parameters.get(name)!.data;
      return [name, { shape, data: data.map((value, i) => value - trained[i]!) }] as const;
    });
    const trace = await this.#traceOf({ spec, checkpoint, pages });
    return {
      delta: writeSafetensors(new Map(delta)),
      lossFirst: 1,
      lossLast: 1,
      tokens: pages.length * spec.model.contextLength,
      trace,
      feedback: null,
    };
  }

  async #traceOf(work: DisputedWork): Promise<string[]> {
    const { innerSteps, traceEvery } = work.spec;
    const every = traceEvery === 0 ? innerSteps : traceEvery;
    const wanted = Array.from({ length: Math.ceil(innerSteps / every) }, () => '0'.repeat(64));
    const roots: string[] = [];
    for (const { step } of committedRoots(work.spec, wanted))
      roots.push(await this.#partyOf(work).stateRootAt(step));
    return roots;
  }
}
