/** Every run of a ledger at a glance: where it stands, how far it is, who is there, how it learns; now or then. */
import { timeOfMs } from '../../events/entry.ts';
import { openWindow } from '../../projections/books.ts';
import type { Books, RunBook, WindowBook } from '../../projections/books.ts';
import type { Staffing } from '../../roles/staffing.ts';
import { staffingLines, staffingOf } from '../../roles/staffing.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt } from '../ledger/as-of.ts';
import type { OutputOptions } from '../terminal/output.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { count, many, members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, tableOf, tell } from '../terminal/declared-output.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, facts, print } from '../terminal/output.ts';
import type { RunSummary } from './replay-summary.ts';
import { lossText, runMembers, runSummary } from './replay-summary.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';

export type StatusOptions = SourceOptions & OutputOptions & AsOfOptions;

export interface RunStatus extends RunSummary {
  readonly title: string;
  /** The window that is worked on; null between windows and at the end. */
  readonly open: { readonly window: number; readonly state: WindowBook['state'] } | null;
  readonly aliveWorkers: number;
  readonly aliveValidators: number;
  /** Whom it needs and has, by role; empty when it needs nobody. */
  readonly staffing: readonly Staffing[];
}

export interface LedgerStatus {
  readonly ledger: string;
  readonly size: number;
  readonly root: string;
  readonly time: string;
  readonly runs: readonly RunStatus[];
}

const runStatusShape: Shape<RunStatus> = members({
  ...runMembers,
  title: string,
  open: orNull(
    members({
      window: count,
      state: words('planned', 'active', 'sealed', 'scored', 'reconciled'),
    }),
  ),
  aliveWorkers: count,
  aliveValidators: count,
  staffing: many(
    members({
      role: words('worker', 'validator'),
      needed: count,
      able: count,
      quarantined: count,
      away: count,
      unready: count,
    }),
  ),
});

const statusShape: Shape<LedgerStatus> = members({
  ledger: string,
  size: count,
  root: string,
  time: string,
  runs: many(runStatusShape),
});

export const ledgerStatus: Output<LedgerStatus, RunStatus> = {
  doc: 'How the runs of a ledger stand; a row is a run.',
  shape: statusShape,
  rowShape: runStatusShape,
  rows: ({ runs }) => runs,
  columns: [
    column('run', ({ run }) => run),
    column(
      'state',
      ({ state }) => state,
      ({ state }) => (STATE_COLOUR[state] ?? String)(state),
    ),
    column('windows', (run) => `${run.windowsReconciled}/${run.windows}`),
    column('open window', ({ open }) => (open === null ? null : `${open.window} ${open.state}`)),
    column('revision', ({ revision }) => revision),
    column('held-out loss (nats)', lossText),
    column('alive', (run) => `${run.aliveWorkers} workers, ${run.aliveValidators} validators`),
  ],
};

export async function runStatus(source: Source, options: StatusOptions): Promise<void> {
  const rebuilt = await rebuildTo(source, sizeAt(source, options.at));
  const { books, root, size } = rebuilt;
  const status: LedgerStatus = {
    ledger: books.ledger.ledger,
    size,
    root,
    time: timeOfMs(books.ledger.clockMs),
    runs: Object.values(books.runs).map((run) => statusOf(books, run)),
  };
  tell(ledgerStatus, status, options, () => show(source, status));
}

function statusOf(books: Books, run: RunBook): RunStatus {
  const window = openWindow(books, run.plan.run);
  const alive = (role: string): number =>
    Object.values(books.members).filter((one) => one.role === role && one.status === 'alive')
      .length;
  return {
    ...runSummary(books, run),
    title: run.plan.title,
    open: window === undefined ? null : { window: window.window, state: window.state },
    aliveWorkers: alive('worker'),
    aliveValidators: alive('validator'),
    staffing: staffingOf(books, run),
  };
}

const STATE_COLOUR: Partial<Record<RunBook['state'], (text: string) => string>> = {
  active: colour.green,
  completed: colour.green,
  recovering: colour.yellow,
  paused: colour.yellow,
  failed: colour.red,
};

function show({ where }: Source, { ledger, size, root, time, runs }: LedgerStatus): void {
  print(
    facts([
      ['ledger', `${colour.bold(ledger)} (${where})`],
      ['head', `${grouped(size)} entries until ${time}, root ${root}`],
    ]),
  );
  if (runs.length === 0) return print('\nno run is planned');
  print(`\n${tableOf(ledgerStatus, runs)}`);
  for (const { run, staffing } of runs)
    for (const line of staffingLines(staffing)) print(colour.yellow(`${run}: ${line}`));
}
