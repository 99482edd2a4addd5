/** The books at a glance: runs, windows, members, periods and account totals. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { base64Of } from '../../events/base64.ts';
import { timeOfMs } from '../../events/entry.ts';
import { CompactRange } from '../../events/merkle.ts';
import type { Books, PeriodBook, RunBook } from '../../projections/books.ts';
import { revisionCount } from '../../projections/books.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  count,
  decimal,
  dictionary,
  members,
  orNull,
  string,
  words,
} from '../../explorer/api/shape.ts';
import type { Column } from '../terminal/declared-output.ts';
import { column, tableOf } from '../terminal/declared-output.ts';
import { nats, table } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';

export interface ReplaySummary {
  readonly ledger: string;
  /** Of the last entry. */
  readonly time: string;
  readonly runs: readonly RunSummary[];
  readonly periods: readonly PeriodSummary[];
  readonly members: Readonly<Record<string, number>>;
  /** What left the books, by kind: how many records, and the root over them in base64. */
  readonly archive: Readonly<Record<string, { readonly size: number; readonly root: string }>>;
}

export interface RunSummary {
  readonly run: string;
  readonly state: RunBook['state'];
  readonly windowsReconciled: number;
  readonly windows: number;
  readonly revision: number;
  readonly checkpoint: string | null;
  readonly lossFirstMicroNats: number | null;
  readonly lossLastMicroNats: number | null;
  /** Verdicts on contributions, by disposition. */
  readonly dispositions: Readonly<Record<string, number>>;
}

export type PeriodSummary = Pick<
  PeriodBook,
  'run' | 'period' | 'state' | 'pool' | 'paid' | 'remainder'
> & { readonly payouts: number };

export const runMembers = {
  run: string,
  state: words('planned', 'initializing', 'active', 'recovering', 'paused', 'completed', 'failed'),
  windowsReconciled: count,
  windows: count,
  revision: count,
  checkpoint: orNull(string),
  lossFirstMicroNats: orNull(count),
  lossLastMicroNats: orNull(count),
  dispositions: dictionary(count),
} as const;

export const runShape: Shape<RunSummary> = members(runMembers);

export const periodShape: Shape<PeriodSummary> = members({
  run: string,
  period: count,
  state: words('open', 'closing', 'closed', 'settled'),
  pool: decimal,
  paid: decimal,
  remainder: decimal,
  payouts: count,
});

export const runColumns: readonly Column<RunSummary>[] = [
  column('run', ({ run }) => run),
  column('state', ({ state }) => state),
  column('windows', (run) => `${run.windowsReconciled}/${run.windows}`),
  column('revision', ({ revision }) => revision),
  column('held-out loss (nats)', lossText),
  column('contributions', ({ dispositions }) => tallied(dispositions) || '-'),
  column(
    'checkpoint',
    ({ checkpoint }) => checkpoint,
    ({ checkpoint }) => checkpoint?.slice(0, 19) ?? '-',
  ),
];

/** Nats a token, at first and now. */
export function lossText({
  lossFirstMicroNats,
  lossLastMicroNats,
}: Pick<RunSummary, 'lossFirstMicroNats' | 'lossLastMicroNats'>): string {
  return `${nats(lossFirstMicroNats)} -> ${nats(lossLastMicroNats)}`;
}

export function summaryOf(books: Books): ReplaySummary {
  return {
    ledger: books.ledger.ledger,
    time: timeOfMs(books.ledger.clockMs),
    runs: Object.values(books.runs).map((run) => runSummary(books, run)),
    periods: Object.values(books.rewards.periods).map(
      ({ run, period, state, pool, paid, remainder, payouts }) => ({
        run,
        period,
        state,
        pool,
        paid,
        remainder,
        payouts: payouts.length,
      }),
    ),
    archive: archiveOf(books),
    members: tally(Object.values(books.members).map(({ role, status }) => `${role} ${status}`)),
  };
}

function archiveOf({ archive = {} }: Books): ReplaySummary['archive'] {
  return Object.fromEntries(
    Object.entries(archive).map(([kind, stored]) => {
      const range = CompactRange.deserialise(stored);
      if (isLeft(range)) throw new Error(`invariant: the books hold ranges, not ${kind}`);
      return [kind, { size: stored.size, root: base64Of(range.right.root()) }];
    }),
  );
}

export function runSummary(books: Books, { plan, state, ...run }: RunBook): RunSummary {
  const losses = run.revisions.map((revision) => revision.heldOutLossMicroNats);
  const resolved = Object.values(books.windows)
    .filter((window) => window.run === plan.run)
    .flatMap((window) => Object.values(window.assignments))
    .flatMap(({ disposition }) => disposition ?? []);
  const archived = Object.entries(run.dispositionsArchived ?? {}).flatMap(([disposition, times]) =>
    Array.from({ length: times }, () => disposition),
  );
  return {
    run: plan.run,
    state,
    windowsReconciled: run.windowsReconciled,
    windows: plan.windows,
    revision: Math.max(revisionCount({ plan, state, ...run }) - 1, 0),
    checkpoint: run.revisions.at(-1)?.checkpoint.digest ?? null,
    lossFirstMicroNats: losses[0] ?? null,
    lossLastMicroNats: losses.at(-1) ?? null,
    dispositions: tally([...archived, ...resolved]),
  };
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const tallied = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, times]) => `${times} ${what}`)
    .join(', ');

/** `worker alive`, `worker departed` and so on as a line a role. */
function present(counts: Readonly<Record<string, number>>): string[] {
  const byRole = Map.groupBy(Object.entries(counts), ([what]) => what.split(' ')[0] ?? '');
  return [...byRole].map(([role, parts]) => {
    const states = parts.map(([what, times]) => `${times} ${what.slice(role.length + 1)}`);
    return `${role}s: ${states.join(', ')}`;
  });
}

export function summaryTables({ runs, periods, members: counts }: ReplaySummary): string {
  const parts: string[] = [];
  if (runs.length > 0) parts.push(tableOf({ columns: runColumns }, runs));
  if (periods.length > 0)
    parts.push(
      table(
        ['period', 'state', 'pool', 'paid', 'remainder', 'payouts'],
        periods.map(({ run, period, state, pool, paid, remainder, payouts }) => [
          `${run}/${period}`,
          state,
          money(pool),
          money(paid),
          money(remainder),
          String(payouts),
        ]),
      ),
    );
  if (Object.keys(counts).length > 0) parts.push(present(counts).join('\n'));
  return parts.map((part) => `\n${part}`).join('\n');
}
