/**
 * Rows of a visualization bundle, named as viewers of remote training know them. Losses are nats,
 * times milliseconds of Unix time. What a ledger does not record is null, or its series is empty.
 */
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  real,
  sequence,
  text,
} from '../../../events/codecs.ts';

export const ms = integer(0, Number.MAX_SAFE_INTEGER);
const count = sequence;
const loss = nullable(real(0, 1e12));
/** Without control characters, written so that every dialect of regular expressions reads it. */
// oxlint-disable-next-line no-control-regex -- they are what is kept out
export const name = text('name', /^[^\u0000-\u001f\u007f-\u009f]{1,256}$/u);
// oxlint-disable-next-line no-control-regex -- the same
export const detail = text('detail', /^[^\u0000-\u001f\u007f-\u009f]{1,1000}$/u);
export const sha256Hex = text('digest', /^sha256:[0-9a-f]{64}$/);
export const ROWS_MAX = 100_000;
const many = <A>(row: Parameters<typeof list<A>>[0]) => list(row, ROWS_MAX);

export const resultClassification = oneOf(
  'planned',
  'active',
  'completed_success',
  'completed_failure',
);
export const seriesStatus = oneOf('available', 'partial', 'unavailable');

export const refreshContract = object({
  target_ui_update_interval_ms: ms,
  emission_mode: oneOf('append_only_snapshots', 'post_run_only'),
  last_heartbeat_at_ms: nullable(ms),
  heartbeat_seq: count,
});

const timelineEntry = object({
  observed_at_ms: ms,
  phase: name,
  subphase: nullable(name),
  detail,
});

const heartbeatSample = object({
  observed_at_ms: ms,
  phase: name,
  subphase: nullable(name),
  step_in_progress: nullable(count),
  microbatch_in_progress: nullable(count),
  active_subsystems: list(name, 64),
  stale_after_ms: ms,
});

const lossSample = object({
  global_step: nullable(count),
  elapsed_ms: ms,
  train_loss: loss,
  ema_loss: loss,
  validation_loss: loss,
});

const mathSample = object({
  observed_at_ms: ms,
  global_step: nullable(count),
  learning_rate: nullable(real(0, 1e9)),
});

const runtimeSample = object({
  observed_at_ms: ms,
  checkpoint_ms: nullable(ms),
  evaluation_ms: nullable(ms),
  tokens_per_second: nullable(count),
});

const gpuSample = object({ observed_at_ms: ms, device_id: name, utilization_bps: count });

const distributedSample = object({
  observed_at_ms: ms,
  participating_rank_count: count,
  rank_skew_ms: nullable(ms),
  slowest_rank_ms: nullable(ms),
  collective_ms: nullable(ms),
  stalled_rank_count: count,
});

const eventSample = object({
  observed_at_ms: ms,
  severity: oneOf('info', 'warning', 'error'),
  event_kind: name,
  detail,
});

const sourceArtifact = object({
  artifact_role: name,
  artifact_uri: name,
  artifact_digest: nullable(sha256Hex),
  source_kind: oneOf('ledger', 'artifact_store'),
  authoritative: flag,
  detail,
});

const summary = object({
  total_steps_completed: count,
  latest_global_step: nullable(count),
  latest_train_loss: loss,
  latest_ema_loss: loss,
  latest_validation_loss: loss,
  latest_tokens_per_second: nullable(count),
  latest_checkpoint_ref: nullable(sha256Hex),
  detail,
});

/** Whose run it is and how it stands: in bundles and in the index. */
export const identity = {
  provider: oneOf('daybook'),
  profile_id: name,
  lane_id: oneOf('pretraining', 'adapter'),
  run_id: name,
  repo_revision: name,
  result_classification: resultClassification,
  series_status: seriesStatus,
  series_unavailable_reason: nullable(detail),
};

export const series = {
  refresh_contract: refreshContract,
  timeline: many(timelineEntry),
  summary,
  heartbeat_series: many(heartbeatSample),
  loss_series: many(lossSample),
  math_series: many(mathSample),
  runtime_series: many(runtimeSample),
  gpu_series: many(gpuSample),
  distributed_series: many(distributedSample),
  event_series: many(eventSample),
  source_artifacts: many(sourceArtifact),
};
