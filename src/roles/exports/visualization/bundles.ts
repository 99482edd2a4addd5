/** A ledger as visualization files: two bundles a run, two indexes over all runs. */
import { msOfTime } from '../../../events/entry.ts';
import type { RunBook } from '../../../projections/books.ts';
import { rulesOf } from '../../../projections/books.ts';
import type { History } from '../history.ts';
import type { BundleV1, BundleV2, RunIndexV1, RunIndexV2 } from './formats.ts';
import { sealed } from './formats.ts';
import { meaningOf } from './meaning.ts';
import { heartbeatsOf, seriesOf, windowsOf } from './series.ts';

/** By file name. */
export type Visualization = Readonly<Record<string, BundleV1 | BundleV2 | RunIndexV1 | RunIndexV2>>;

const REFRESH_MS = 1000;

export function visualizationOf(history: History): Visualization {
  const { ledger, clockMs } = history.books.ledger;
  const files: Record<string, Visualization[string]> = {};
  const v1: RunIndexV1['entries'][number][] = [];
  const v2: RunIndexV2['entries'][number][] = [];
  for (const run of Object.values(history.books.runs)) {
    const parts = partsOf(history, run);
    const meaning = meaningOf(history, run);
    const first = bundle('v1', parts);
    const second = bundle('v2', { ...parts, ...meaning });
    const [nameV1, nameV2] = [nameOf(run, 'v1'), nameOf(run, 'v2')];
    files[nameV1] = first as BundleV1;
    files[nameV2] = second as BundleV2;
    v1.push(entryOf(first as BundleV1, nameV1));
    v2.push({ ...entryOf(second as BundleV2, nameV2), ...meaning });
  }
  const head = {
    index_id: `${ledger}/runs`,
    generated_at_ms: clockMs,
    detail: `runs of the ledger ${ledger}; the time is that of its last entry`,
  };
  const indexV1 = {
    schema_version: 'daybook.remote_training_run_index.v1' as const,
    ...head,
    entries: v1,
  };
  const indexV2 = {
    schema_version: 'daybook.remote_training_run_index.v2' as const,
    ...head,
    entries: v2,
  };
  files['remote_training_run_index_v1.json'] = { ...indexV1, index_digest: sealed(indexV1) };
  files['remote_training_run_index_v2.json'] = { ...indexV2, index_digest: sealed(indexV2) };
  return files;
}

const nameOf = ({ plan }: RunBook, version: string): string =>
  `${plan.run}_remote_training_visualization_bundle_${version}.json`;

function bundle<const V extends string, P extends object>(version: V, parts: P) {
  const members = {
    schema_version: `daybook.remote_training_visualization_bundle.${version}` as const,
    ...parts,
  };
  return { ...members, bundle_digest: sealed(members) };
}

type Parts = Omit<BundleV1, 'schema_version' | 'bundle_digest'>;

function partsOf(history: History, run: RunBook): Parts {
  const { books } = history;
  const beats = heartbeatsOf(history);
  const last = beats.at(-1);
  const { status, reason } = statusOf(history, run);
  const isOver = run.state === 'completed' || run.state === 'failed';
  return {
    bundle_id: `${books.ledger.ledger}/${run.plan.run}`,
    provider: 'daybook',
    profile_id: books.ledger.ledger,
    lane_id: run.plan.adapter === undefined ? 'pretraining' : 'adapter',
    run_id: run.plan.run,
    repo_revision: `rules-${rulesOf(books)}`,
    result_classification: classOf(run),
    series_status: status,
    series_unavailable_reason: reason,
    refresh_contract: {
      target_ui_update_interval_ms: REFRESH_MS,
      emission_mode: isOver ? 'post_run_only' : 'append_only_snapshots',
      last_heartbeat_at_ms: last === undefined ? null : msOfTime(last.time),
      heartbeat_seq: beats.length,
    },
    ...seriesOf(history, run),
  };
}

function classOf({ state }: RunBook): Parts['result_classification'] {
  switch (state) {
    case 'planned':
      return 'planned';
    case 'completed':
      return 'completed_success';
    case 'failed':
      return 'completed_failure';
    default:
      return 'active';
  }
}

/** Of the loss over windows. */
function statusOf(
  history: History,
  run: RunBook,
): { status: Parts['series_status']; reason: string | null } {
  const windows = windowsOf(history, run);
  const measured = windows.filter(({ lossAfterMicroNats }) => lossAfterMicroNats !== null).length;
  if (measured === 0) return { status: 'unavailable', reason: 'no window has a held-out loss yet' };
  if (measured === windows.length) return { status: 'available', reason: null };
  const reason = `${windows.length - measured} of ${windows.length} windows have no held-out loss`;
  return { status: 'partial', reason };
}

const entryOf = (of: BundleV1 | BundleV2, file: string): RunIndexV1['entries'][number] => ({
  provider: of.provider,
  profile_id: of.profile_id,
  lane_id: of.lane_id,
  run_id: of.run_id,
  repo_revision: of.repo_revision,
  result_classification: of.result_classification,
  series_status: of.series_status,
  series_unavailable_reason: of.series_unavailable_reason,
  last_heartbeat_at_ms: of.refresh_contract.last_heartbeat_at_ms,
  bundle_artifact_uri: file,
  bundle_digest: of.bundle_digest,
  semantic_summary: of.summary.detail,
});
