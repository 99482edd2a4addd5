/**
 * A lane of computation, as roles need it: jobs in, results out, some time later. Invariant: a result
 * is a pure function of the job's input and of the lane's backend; where and when it is computed
 * changes nothing.
 */
import type { BackendName, ComputeClass } from '../compute/backend.ts';
import type { DeltaTerms } from '../compute/deltas/decode-delta.ts';
import type { DeltaEncoding } from '../compute/deltas/encoding.ts';
import type { Contribution } from '../compute/training/contribution.ts';
import type { Adapted } from '../compute/training/held-out.ts';
import type { OuterResult, OuterSpec } from '../compute/training/outer-step.ts';
import type { Finding } from '../compute/disputes/finding.ts';
import type { StepSpan, TrainingSpec } from '../compute/training/spec.ts';
import type { StageInput } from '../compute/training/stage.ts';
import type { DisputeQuestion } from '../projections/dispute-book.ts';
import type { DisputedWork, Said } from './disputes/answer-question.ts';
import type { Transcript } from './disputes/judge-transcript.ts';

/** A contribution whose `delta` is what is sent. */
export interface SentContribution extends Contribution {
  /** Error feedback for the worker's next; null where the encoding keeps none. */
  readonly feedback: Uint8Array | null;
}

export interface Jobs {
  readonly contribute: {
    readonly input: {
      readonly spec: TrainingSpec;
      readonly checkpoint: Uint8Array;
      readonly pages: readonly Uint16Array[];
      /** Null: the delta is sent as it is. */
      readonly encoding: DeltaEncoding | null;
      /** Error feedback that goes into the delta. */
      readonly feedback: Uint8Array | null;
      /** The frozen model beside an adapter; null: the whole model is trained. */
      readonly base: Uint8Array | null;
    };
    readonly output: SentContribution;
  };
  /** `delta` of the output is a state, unless the span ends with the last step (stage.ts). */
  readonly stage: {
    readonly input: StageInput & {
      readonly spec: TrainingSpec;
      readonly span: StepSpan;
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
      /** What the checkpoint is an adapter of; null: it is a model. */
      readonly adapted: Adapted | null;
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
      /** What the deltas are sent in; null: as they are. */
      readonly terms: DeltaTerms | null;
    };
    readonly output: OuterResult;
  };
  readonly compareDeltas: {
    readonly input: { readonly committed: Uint8Array; readonly recomputed: Uint8Array };
    readonly output: { readonly cosine: number; readonly normRatio: number };
  };
}

/** What parties and referees of disputes compute. */
export interface DisputeJobs {
  readonly disputeAnswer: {
    readonly input: DisputedWork & { readonly question: DisputeQuestion };
    readonly output: Said;
  };
  readonly disputeFinding: {
    readonly input: DisputedWork & { readonly transcript: Transcript };
    readonly output: Finding;
  };
}

export type JobName = keyof Jobs;

export interface LaneInfo {
  readonly backend: BackendName;
  readonly computeClass: ComputeClass;
  readonly description: string;
}

export interface ComputeLane {
  readonly info: LaneInfo;
  /** @throws ComputeError when the computation itself says no */
  run<N extends JobName>(name: N, input: Jobs[N]['input']): Promise<Jobs[N]['output']>;
  /** Absent: this lane does not trace its work, and its party has no part in disputes. */
  readonly disputes?: DisputeLane;
  close(): Promise<void>;
}

export interface DisputeLane {
  /** @throws ComputeError when the computation itself says no */
  run<N extends keyof DisputeJobs>(
    name: N,
    input: DisputeJobs[N]['input'],
  ): Promise<DisputeJobs[N]['output']>;
}

export interface LaneFailure {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
}

/** The computation itself said no (numeric fault, hostile bytes); `code` is the kernel's. */
export class ComputeError extends Error {
  override readonly name = 'ComputeError';
  readonly code: string;

  constructor({ name, message, code }: LaneFailure) {
    super(`${code ?? name}: ${message}`);
    this.code = code ?? name;
  }
}
