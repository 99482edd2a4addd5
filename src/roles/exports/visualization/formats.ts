/**
 * The four files of the remote-training visualization family: the live bundle of a run and the index
 * of runs (v1), and both with what the track means (v2): family, execution class, comparability, proof
 * posture, public equivalence, score law, caps and the posture of the promotion gate.
 */
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { JsonValue } from '../../../events/canonical-json.ts';
import { integer, list, nullable, object, oneOf, real } from '../../../events/codecs.ts';
import { digestOf } from '../../../events/digest.ts';
import { detail, identity, ms, name, series, sha256Hex } from './rows.ts';

const value = real(-1e12, 1e12);

const trackSemantics = object({
  track_family: oneOf('pretraining', 'adapter'),
  track_id: name,
  execution_class: oneOf('contributor_window'),
  comparability_class: oneOf('not_comparable', 'same_track_comparable'),
  /** How far the weights were recomputed: nothing counted, on claims, by samples, all of them. */
  proof_posture: oneOf(
    'summary_only',
    'runtime_measured',
    'sampled_recomputation',
    'full_recomputation',
  ),
  public_equivalence_class: oneOf('not_applicable', 'not_public_equivalent'),
  score_law_ref: nullable(name),
  artifact_cap_bytes: nullable(integer(1, Number.MAX_SAFE_INTEGER)),
  wallclock_cap_seconds: nullable(integer(1, Number.MAX_SAFE_INTEGER)),
  semantic_summary: detail,
});

const primaryScore = object({
  score_metric_id: name,
  score_direction: oneOf('lower_is_better'),
  score_unit: name,
  score_value: value,
  score_value_observed_at_ms: ms,
  score_summary: detail,
});

const scoreSurface = object({
  score_closeout_posture: oneOf(
    'score_unavailable',
    'score_held_pending_closeout',
    'score_closed_out',
  ),
  promotion_gate_posture: oneOf('not_applicable', 'held', 'eligible', 'promoted', 'refused'),
  delta_rows: list(
    object({
      reference_id: name,
      score_metric_id: name,
      reference_score_value: value,
      delta_value: value,
      delta_summary: detail,
    }),
    1024,
  ),
  semantic_summary: detail,
});

const meaning = {
  track_semantics: trackSemantics,
  primary_score: nullable(primaryScore),
  score_surface: scoreSurface,
};
const entry = {
  ...identity,
  last_heartbeat_at_ms: nullable(ms),
  bundle_artifact_uri: name,
  bundle_digest: sha256Hex,
  semantic_summary: detail,
};
const index = { index_id: name, generated_at_ms: ms, detail, index_digest: sha256Hex };

export const bundleV1 = object({
  schema_version: oneOf('daybook.remote_training_visualization_bundle.v1'),
  bundle_id: name,
  ...identity,
  ...series,
  bundle_digest: sha256Hex,
});
export const bundleV2 = object({
  schema_version: oneOf('daybook.remote_training_visualization_bundle.v2'),
  bundle_id: name,
  ...identity,
  ...meaning,
  ...series,
  bundle_digest: sha256Hex,
});
export const runIndexV1 = object({
  schema_version: oneOf('daybook.remote_training_run_index.v1'),
  ...index,
  entries: list(object(entry), 100_000),
});
export const runIndexV2 = object({
  schema_version: oneOf('daybook.remote_training_run_index.v2'),
  ...index,
  entries: list(object({ ...entry, ...meaning }), 100_000),
});

export type BundleV1 = (typeof bundleV1)['_A'];
export type BundleV2 = (typeof bundleV2)['_A'];
export type RunIndexV1 = (typeof runIndexV1)['_A'];
export type RunIndexV2 = (typeof runIndexV2)['_A'];
export type Meaning = Pick<BundleV2, keyof typeof meaning>;

/** By the names of their files, less the ending; each is also the name of its JSON Schema. */
export const formats = {
  remote_training_visualization_bundle_v1: bundleV1,
  remote_training_visualization_bundle_v2: bundleV2,
  remote_training_run_index_v1: runIndexV1,
  remote_training_run_index_v2: runIndexV2,
};

/** SHA-256 over the canonical JSON of all other members. */
export const sealed = (members: object): string =>
  digestOf(Buffer.from(canonicalJson(members as JsonValue)));
