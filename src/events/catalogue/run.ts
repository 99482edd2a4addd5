/** Facts about datasets, runs, checkpoints and promotion. */
import {
  artifact,
  basisPoints,
  digest,
  hex32,
  integer,
  label,
  list,
  nullable,
  object,
  oneOf,
  real,
  reasonCode,
  slug,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';

export const datasetRegistered = declareFact({
  type: 'daybook.dataset.registered.v1',
  author: 'operator',
  command: 'register-dataset',
  doc: 'A dataset is fixed: its tokenizer, token stream, page size and the Merkle root over its pages.',
  subject: (data) => `dataset/${data.dataset}`,
  data: object({
    dataset: slug,
    title: label,
    tokenizer: artifact,
    vocabSize: integer(2, 65_536),
    tokens: artifact,
    /** Inputs a page; page i is tokens [i*pageTokens, i*pageTokens + pageTokens], one more than that. */
    pageTokens: integer(1, 1 << 20),
    pages: integer(1, 2 ** 32),
    /** The last pages are held out: never assigned, only used by the promotion gate. */
    heldOutPages: integer(1, 2 ** 20),
    /** RFC 6962 root over the pages' bytes (little-endian u16 tokens). */
    pagesRoot: hex32,
  }),
});

export const modelConfig = object({
  vocabSize: integer(2, 65_536),
  contextLength: integer(1, 1 << 20),
  dModel: integer(1, 1 << 16),
  layers: integer(1, 1024),
  heads: integer(1, 1024),
  dFf: integer(1, 1 << 18),
  ropeTheta: real(1, 1e9),
  normEps: real(0, 1),
});

export const optimizerConfig = object({
  learningRate: real(0, 10),
  minLearningRate: real(0, 10),
  warmupSteps: integer(0, 1e9),
  totalSteps: integer(1, 1e9),
  beta1: real(0, 1),
  beta2: real(0, 1),
  eps: real(0, 1),
  weightDecay: real(0, 10),
  clipNorm: real(0, 1e9),
});

const about = (data: { run: string }): string => `run/${data.run}`;

const planMembers = {
  run: slug,
  title: label,
  dataset: slug,
  model: modelConfig,
  optimizer: optimizerConfig,
  outer: object({ learningRate: real(0, 10), momentum: real(0, 1) }),
  /** 32 bytes: parameters are drawn from it. */
  modelSeed: hex32,
  /** 32 bytes: the order in which the run visits pages. Who gets which page is drawn later. */
  dataSeed: hex32,
  windows: integer(1, 1_000_000),
  slots: integer(1, 256),
  innerSteps: integer(1, 1_000_000),
  batchPages: integer(1, 65_536),
  /** A state root goes into the execution trace every so many inner steps; 0: only the last. */
  traceEvery: integer(0, 1_000_000),
  minWorkers: integer(1, 1_000_000),
  minValidators: integer(1, 1_000_000),
};

export const runPlanned = declareFact({
  type: 'daybook.run.planned.v1',
  author: 'operator',
  command: 'plan-run',
  doc: 'A training run is described completely: model, data, optimizer, windows, seeds.',
  subject: about,
  data: object(planMembers),
});

/** Which members are numbers and which null depends on the name; guards/encoding.ts insists. */
export const deltaEncoding = object({
  name: oneOf('int8', 'sparseloco', 'demo'),
  /** int8: one scale a block, or 256 bins. */
  statistic: nullable(oneOf('absmax', 'bins')),
  /** int8: elements of a block. */
  block: nullable(integer(1, 2 ** 24)),
  /** sparseloco, demo: side of a tile. */
  tile: nullable(integer(1, 64)),
  /** sparseloco, demo: values kept of a tile. */
  top: nullable(integer(1, 4096)),
  /** Of what was lost, how much is fed back into the next delta; 0: nothing. */
  decay: real(0, 1),
});

export const runPlannedEncoded = declareFact({
  type: 'daybook.run.planned.v2',
  author: 'operator',
  command: 'plan-encoded-run',
  doc: 'A training run as in v1, whose deltas are sent in an encoding that loses something.',
  subject: about,
  data: object({ ...planMembers, encoding: deltaEncoding }),
});

/** Linear maps of the model, by the last part of their names. */
export const ADAPTED_MAPS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'output_proj',
  'w1',
  'w2',
  'w3',
  'lm_head',
] as const;
export const adaptedMap = oneOf(...ADAPTED_MAPS);
export const adapterAlpha = real(2 ** -20, 65_536);

export const adapterConfig = object({
  /** Columns of the corrections B A, scaled by alpha / rank (Hu et al. 2021). */
  rank: integer(1, 4096),
  alpha: adapterAlpha,
  targets: list(adaptedMap, 8, 1),
  /** The frozen model: its checkpoint. */
  base: artifact,
});

export const runPlannedAdapter = declareFact({
  type: 'daybook.run.planned.v3',
  author: 'operator',
  command: 'plan-adapter-run',
  doc: 'A training run as in v1 that trains a low-rank adapter of a model that stays as it is: checkpoints and deltas are of the adapter alone.',
  subject: about,
  data: object({ ...planMembers, adapter: adapterConfig }),
});

export const runPlannedInStages = declareFact({
  type: 'daybook.run.planned.v4',
  author: 'operator',
  command: 'plan-run-in-stages',
  doc: 'A training run as in v1, or as in v3 where there is an adapter, each slot of which is worked on in stages, one after the other.',
  subject: about,
  data: object({
    ...planMembers,
    adapter: nullable(adapterConfig),
    /** Into how many parts the inner steps of a slot are cut (grouped-stages.ts). */
    stages: integer(2, 64),
  }),
});

export const runInitializing = declareFact({
  type: 'daybook.run.initializing.v1',
  author: 'operator',
  command: 'start-run',
  doc: 'The run waits for its participants; the initial checkpoint is in the artifact store.',
  subject: about,
  data: object({ run: slug, checkpoint: artifact }),
});

export const runActivated = declareFact({
  type: 'daybook.run.activated.v1',
  author: 'authority',
  doc: 'Enough participants hold leases: windows may be planned.',
  subject: about,
  data: object({ run: slug, revision: integer(0, 1e9) }),
  marksRoot: true,
});

export const runPaused = declareFact({
  type: 'daybook.run.paused.v1',
  author: 'operator',
  command: 'pause-run',
  doc: 'No further window is planned; the open one is finished.',
  subject: about,
  data: object({ run: slug, reason: label }),
});

export const runResumed = declareFact({
  type: 'daybook.run.resumed.v1',
  author: 'operator',
  command: 'resume-run',
  doc: 'Windows may be planned again.',
  subject: about,
  data: object({ run: slug }),
});

export const runRecovering = declareFact({
  type: 'daybook.run.recovering.v1',
  author: 'authority',
  doc: 'Too few participants are alive to plan a window; the run waits for them.',
  subject: about,
  data: object({ run: slug, workers: integer(0, 1e9), validators: integer(0, 1e9) }),
});

export const runRecovered = declareFact({
  type: 'daybook.run.recovered.v1',
  author: 'authority',
  doc: 'Enough participants are alive again.',
  subject: about,
  data: object({ run: slug, workers: integer(0, 1e9), validators: integer(0, 1e9) }),
});

export const runCompleted = declareFact({
  type: 'daybook.run.completed.v1',
  author: 'authority',
  doc: 'Every planned window is reconciled; the checkpoint named is the result.',
  subject: about,
  data: object({ run: slug, revision: integer(0, 1e9), checkpoint: digest }),
});

export const runFailed = declareFact({
  type: 'daybook.run.failed.v1',
  author: 'operator',
  command: 'fail-run',
  doc: 'The operator gives the run up.',
  subject: about,
  data: object({ run: slug, reason: label }),
});

export const promotionDecided = declareFact({
  type: 'daybook.promotion.decided.v1',
  author: 'authority',
  doc: 'Whether the aggregated checkpoint becomes the next revision, and why.',
  subject: (data) => `run/${data.run}/window/${data.window}`,
  data: object({
    run: slug,
    window: windowIndex,
    decision: oneOf('promoted_revision', 'held_no_promotion', 'refused_promotion'),
    reasons: list(reasonCode, 16, 1),
    /** (before - after) / before in basis points, rounded toward zero; null without a quorum. */
    gainBps: nullable(basisPoints),
  }),
});

export const checkpointPromoted = declareFact({
  type: 'daybook.checkpoint.promoted.v1',
  author: 'authority',
  doc: 'The pointer moves: this checkpoint is the revision that later windows start from.',
  subject: about,
  data: object({
    run: slug,
    window: windowIndex,
    revision: integer(1, 1e9),
    parent: digest,
    checkpoint: artifact,
    momentum: artifact,
    heldOutLossMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
  }),
});

export const checkpointRestored = declareFact({
  type: 'daybook.checkpoint.restored.v1',
  author: 'authority',
  doc: 'The pointer goes back: a new revision is what an earlier one was, and later windows start from it.',
  subject: about,
  data: object({
    run: slug,
    revision: integer(1, 1e9),
    /** The earlier revision whose checkpoint, momentum and loss these are. */
    from: integer(0, 1e9),
    /** Of the revision before this one, which is left behind. */
    parent: digest,
    checkpoint: artifact,
    /** Null where the initial checkpoint is restored. */
    momentum: nullable(artifact),
    /** Whatever was left for another was measured first. */
    heldOutLossMicroNats: integer(0, Number.MAX_SAFE_INTEGER),
    /** The proposal that decided it. */
    proposal: slug,
  }),
});
