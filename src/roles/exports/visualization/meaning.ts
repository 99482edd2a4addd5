/** What a run's score means: which track it is on, how far it is proved, where the gate stands. */
import type { RunBook, WindowBook } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import type { History } from '../history.ts';
import type { Meaning } from './formats.ts';
import { windowsOf } from './series.ts';

type Track = Meaning['track_semantics'];
type Surface = Meaning['score_surface'];

const METRIC = 'held_out_loss';
/** Mean cross-entropy in nats over the held-out pages, agreed on by a quorum of validators. */
const SCORE_LAW = 'daybook.held_out_loss.v1';
const nats = (micro: number): number => micro / 1e6;

export function meaningOf(history: History, run: RunBook): Meaning {
  const windows = windowsOf(history, run);
  const losses = run.revisions.map(({ heldOutLossMicroNats }) => heldOutLossMicroNats);
  const score = losses.at(-1) ?? null;
  return {
    track_semantics: trackOf(history, run, windows, score !== null),
    primary_score:
      score === null
        ? null
        : {
            score_metric_id: METRIC,
            score_direction: 'lower_is_better',
            score_unit: 'nats',
            score_value: nats(score),
            score_value_observed_at_ms: scoredMs(history, windows),
            score_summary: `of revision ${run.revisions.at(-1)?.revision}, on pages that nobody trained on`,
          },
    score_surface: surfaceOf(run, windows, losses[0] ?? null, score),
  };
}

function trackOf(
  { books }: History,
  { plan }: RunBook,
  windows: readonly WindowBook[],
  isScored: boolean,
): Track {
  const { dataset, pagesRoot } = must(books.datasets[plan.dataset], 'dataset');
  const deadlineMs = books.policy?.window.deadlineMs ?? null;
  return {
    track_family: plan.adapter === undefined ? 'pretraining' : 'adapter',
    track_id: `${dataset}/${pagesRoot}`,
    execution_class: 'contributor_window',
    comparability_class: isScored ? 'same_track_comparable' : 'not_comparable',
    proof_posture: proofOf(windows),
    public_equivalence_class: isScored ? 'not_public_equivalent' : 'not_applicable',
    score_law_ref: SCORE_LAW,
    artifact_cap_bytes: null,
    wallclock_cap_seconds:
      deadlineMs === null ? null : Math.max(1, Math.ceil((deadlineMs * plan.windows) / 1000)),
    semantic_summary:
      'Runs compare where their held-out pages are the same: the track is the root over the pages. The cap is what all windows may take under the policy in force; the size of artifacts has none.',
  };
}

/** Over contributions that count in an outer step. */
function proofOf(windows: readonly WindowBook[]): Track['proof_posture'] {
  const counted = windows
    .flatMap(({ assignments }) => Object.values(assignments))
    .filter((assignment) => assignment.counted !== null);
  const recomputed = counted.filter(({ challenge }) => challenge !== null).length;
  if (counted.length === 0) return 'summary_only';
  if (recomputed === 0) return 'runtime_measured';
  return recomputed === counted.length ? 'full_recomputation' : 'sampled_recomputation';
}

/** When the last window with a measured loss was closed, or the ledger's clock. */
function scoredMs({ books }: History, windows: readonly WindowBook[]): number {
  const measured = windows.findLast(({ lossAfterMicroNats }) => lossAfterMicroNats !== null);
  return measured?.reconciledMs ?? books.ledger.clockMs;
}

function surfaceOf(
  run: RunBook,
  windows: readonly WindowBook[],
  first: number | null,
  last: number | null,
): Surface {
  const isOver = run.state === 'completed' || run.state === 'failed';
  const deltas =
    first === null || last === null
      ? []
      : [
          {
            reference_id: 'revision-0',
            score_metric_id: METRIC,
            reference_score_value: nats(first),
            delta_value: nats(last - first),
            delta_summary: 'against the initial checkpoint; below zero is better',
          },
        ];
  return {
    score_closeout_posture:
      last === null
        ? 'score_unavailable'
        : isOver
          ? 'score_closed_out'
          : 'score_held_pending_closeout',
    promotion_gate_posture: gateOf(windows),
    delta_rows: deltas,
    semantic_summary: 'The gate is that of the last window with an aggregate.',
  };
}

const GATES = {
  promoted_revision: 'promoted',
  held_no_promotion: 'held',
  refused_promotion: 'refused',
} as const;

function gateOf(windows: readonly WindowBook[]): Surface['promotion_gate_posture'] {
  const last = windows.findLast(
    ({ promotion, lossAfterMicroNats }) => promotion !== null || lossAfterMicroNats !== null,
  );
  if (last === undefined) return 'not_applicable';
  return last.promotion === null ? 'eligible' : GATES[last.promotion.decision];
}
