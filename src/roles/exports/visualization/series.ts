/** The series of a run as a viewer charts them: what its windows, parties and entries say. */
import type { EventOf, LedgerEvent } from '../../../events/catalogue.ts';
import { msOfTime } from '../../../events/entry.ts';
import type { RunBook, WindowBook } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import type { History } from '../history.ts';
import type { BundleV1 } from './formats.ts';

type Series = Pick<
  BundleV1,
  | 'timeline'
  | 'summary'
  | 'heartbeat_series'
  | 'loss_series'
  | 'math_series'
  | 'runtime_series'
  | 'gpu_series'
  | 'distributed_series'
  | 'event_series'
  | 'source_artifacts'
>;

/** Rows that say what the runtime does now: older ones tell nothing. */
const HEARTBEATS_MAX = 256;
const nats = (micro: number | null): number | null => (micro === null ? null : micro / 1e6);

export const windowsOf = ({ books }: History, run: RunBook): WindowBook[] =>
  Object.values(books.windows).filter((window) => window.run === run.plan.run);

/** Heartbeats of everybody: parties are of the ledger, not of a run. */
export const heartbeatsOf = ({
  events,
}: History): EventOf<'daybook.participant.heartbeated.v1'>[] =>
  events.filter((event) => event.type === 'daybook.participant.heartbeated.v1');

export function seriesOf(history: History, run: RunBook): Series {
  const windows = windowsOf(history, run);
  const loss = windows.filter(({ sealedMs }) => sealedMs !== null).map(lossOf(run, windows));
  const runtime = windows.flatMap(runtimeOf);
  const last = run.revisions.at(-1);
  return {
    timeline: timelineOf(history, run),
    summary: {
      total_steps_completed: run.windowsReconciled * run.plan.innerSteps,
      latest_global_step: loss.at(-1)?.global_step ?? null,
      latest_train_loss: loss.at(-1)?.train_loss ?? null,
      latest_ema_loss: null,
      latest_validation_loss: nats(last?.heldOutLossMicroNats ?? null),
      latest_tokens_per_second: runtime.at(-1)?.tokens_per_second ?? null,
      latest_checkpoint_ref: last?.checkpoint.digest ?? null,
      detail: `${run.windowsReconciled} of ${run.plan.windows} windows are closed. The ledger records no norms, no devices and no cost, so there is no series of them.`,
    },
    heartbeat_series: heartbeatRows(history, run),
    loss_series: loss,
    math_series: [],
    runtime_series: runtime,
    gpu_series: [],
    distributed_series: windows.flatMap(distributedOf),
    event_series: history.events.flatMap((event) => eventOf(event, run.plan.run)),
    source_artifacts: sourcesOf(history, run),
  };
}

function timelineOf({ events }: History, { plan }: RunBook): Series['timeline'] {
  return events.flatMap((event) => {
    const [, family = '', fact = ''] = event.type.split('.');
    const data = event.data as { readonly run?: string; readonly window?: number };
    if (data.run !== plan.run || (family !== 'run' && family !== 'window')) return [];
    const observed_at_ms = msOfTime(event.time);
    const window = family === 'window' ? `window ${data.window}` : null;
    const detail = `${event.type} at entry ${event.sequence}`;
    return [{ observed_at_ms, phase: `${family} ${fact}`, subphase: window, detail }];
  });
}

function heartbeatRows(history: History, run: RunBook): Series['heartbeat_series'] {
  const { books } = history;
  const stale = books.policy?.liveness.staleAfterMs ?? 0;
  return heartbeatsOf(history)
    .slice(-HEARTBEATS_MAX)
    .map((event) => {
      const { role, name } = must(books.members[event.data.participant], 'participant');
      return {
        observed_at_ms: msOfTime(event.time),
        phase: run.state,
        subphase: null,
        step_in_progress: null,
        microbatch_in_progress: null,
        active_subsystems: [`${role} ${name}`],
        stale_after_ms: stale,
      };
    });
}

/** A row a sealed window: mean of the last losses of what counted (floor, micro-nats); held-out loss. */
const lossOf =
  ({ plan }: RunBook, [first]: readonly WindowBook[]) =>
  (window: WindowBook): Series['loss_series'][number] => {
    const losses = countedIn(window).map(({ lossLastMicroNats }) => lossLastMicroNats);
    const sum = losses.reduce((all, one) => all + BigInt(one), 0n);
    const mean = losses.length === 0 ? null : Number(sum / BigInt(losses.length));
    return {
      global_step: (window.window + 1) * plan.innerSteps,
      elapsed_ms: (window.sealedMs ?? window.plannedMs) - (first?.plannedMs ?? 0),
      train_loss: nats(mean),
      ema_loss: null,
      validation_loss: nats(window.lossAfterMicroNats),
    };
  };

const countedIn = ({ assignments }: WindowBook) =>
  Object.values(assignments)
    .filter(({ counted }) => counted !== null)
    .flatMap(({ submission }) => submission ?? []);

/** Tokens of what counted over the time from plan to seal, floor; null where that took no time. */
function runtimeOf(window: WindowBook): Series['runtime_series'] {
  const { sealedMs, plannedMs } = window;
  if (sealedMs === null) return [];
  const tokens = countedIn(window).reduce((sum, submission) => sum + submission.tokens, 0);
  const took = sealedMs - plannedMs;
  return [
    {
      observed_at_ms: sealedMs,
      checkpoint_ms: null,
      evaluation_ms: null,
      tokens_per_second: took === 0 ? null : Math.floor((tokens * 1000) / took),
    },
  ];
}

function distributedOf({ assignments, slots, sealedMs }: WindowBook): Series['distributed_series'] {
  if (sealedMs === null) return [];
  const held = Object.values(assignments);
  const times = held.flatMap(({ submission }) => submission?.elapsedMs ?? []);
  const slowest = times.length === 0 ? null : Math.max(...times);
  return [
    {
      observed_at_ms: sealedMs,
      participating_rank_count: slots.length,
      rank_skew_ms: slowest === null ? null : slowest - Math.min(...times),
      slowest_rank_ms: slowest,
      collective_ms: null,
      stalled_rank_count: held.filter(({ state }) => state === 'superseded').length,
    },
  ];
}

/** What a person would want to be told of. */
function eventOf(event: LedgerEvent, run: string): Series['event_series'] {
  const row = (severity: 'info' | 'warning' | 'error', what: string): Series['event_series'] => [
    {
      observed_at_ms: msOfTime(event.time),
      severity,
      event_kind: event.type,
      detail: `${what} (entry ${event.sequence})`,
    },
  ];
  const isOf = (assignment: string): boolean => assignment.startsWith(`${run}/`);
  switch (event.type) {
    case 'daybook.challenge.resolved.v1':
      if (!isOf(event.data.assignment) || event.data.disposition === 'accepted') return [];
      return row('error', `${event.data.assignment} ${event.data.disposition}`);
    case 'daybook.assignment.superseded.v1':
      return isOf(event.data.assignment)
        ? row('warning', `${event.data.assignment} void: ${event.data.reason}`)
        : [];
    case 'daybook.promotion.decided.v1':
      if (event.data.run !== run) return [];
      return row(
        event.data.decision === 'promoted_revision' ? 'info' : 'warning',
        `window ${event.data.window}: ${event.data.decision}`,
      );
    case 'daybook.run.failed.v1':
      return event.data.run === run ? row('error', event.data.reason) : [];
    default:
      return [];
  }
}

function sourcesOf({ books, events, root }: History, run: RunBook): Series['source_artifacts'] {
  const { ledger } = books.ledger;
  const revision = run.revisions.at(-1);
  const dataset = must(books.datasets[run.plan.dataset], 'dataset');
  const stored = (role: string, digest: string, detail: string) => ({
    artifact_role: role,
    artifact_uri: `daybook:artifacts/${digest}`,
    artifact_digest: digest,
    source_kind: 'artifact_store' as const,
    authoritative: true,
    detail,
  });
  return [
    {
      artifact_role: 'ledger',
      artifact_uri: `daybook:ledgers/${ledger}`,
      artifact_digest: `sha256:${Buffer.from(root, 'base64').toString('hex')}`,
      source_kind: 'ledger',
      authoritative: true,
      detail: `Merkle root over ${events.length} entries: everything here follows from them`,
    },
    ...(revision === undefined
      ? []
      : [stored('checkpoint', revision.checkpoint.digest, `revision ${revision.revision}`)]),
    stored('dataset', dataset.tokens.digest, `${dataset.pages} pages of ${dataset.dataset}`),
  ];
}
