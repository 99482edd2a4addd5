/**
 * Whether a run has whom it needs: how many of each role a window takes, how many can work now, and why
 * the others cannot. A run that lacks one plans no window, and says only that it waits.
 */
import { eligible, readyFor } from '../commands/rules/windows/eligibility.ts';
import { selectable } from '../commands/rules/windows/selection.ts';
import type { Books, Member, RunBook, RunState } from '../projections/books.ts';

export interface Staffing {
  readonly role: Member['role'];
  /** Fewer, and no window is planned. */
  readonly needed: number;
  /** Alive, ready and not in quarantine. */
  readonly able: number;
  readonly quarantined: number;
  /** Admitted, but not there: never joined, silent, expired, departed. */
  readonly away: number;
  /** There, but without stake, offer, state, or a turn under mesh terms. */
  readonly unready: number;
}

const UNDER_WAY: readonly RunState[] = ['planned', 'initializing', 'active', 'recovering'];

/** Of a run that is over or paused: nothing, it needs nobody. */
export function staffingOf(books: Books, run: RunBook): readonly Staffing[] {
  if (!UNDER_WAY.includes(run.state) || run.windowsPlanned === run.plan.windows) return [];
  return [
    staffingFor(books, run, 'worker', run.plan.minWorkers),
    staffingFor(books, run, 'validator', run.plan.minValidators),
  ];
}

function staffingFor(books: Books, run: RunBook, role: Member['role'], needed: number): Staffing {
  const { plan, windowsPlanned: window } = run;
  const isReady = readyFor(books, plan.run, window);
  const isHeld = (one: Member): boolean => (one.quarantine[plan.run] ?? 0) > window;
  const isDrawn = role === 'worker' && books.policy?.mesh !== undefined;
  const able = isDrawn ? selectable(books, run) : eligible(books, role, plan.run, window).length;
  const members = Object.values(books.members).filter((one) => one.role === role);
  const here = members.filter(({ status }) => status === 'alive');
  const quarantined = here.filter(isHeld).length;
  const unready = here.filter((one) => !isHeld(one) && !isReady(one)).length;
  const passedOver = isDrawn ? here.length - quarantined - unready - able : 0;
  return {
    role,
    needed,
    able,
    quarantined,
    away: members.length - here.length,
    unready: unready + passedOver,
  };
}

/** One line for each role that is short, or has nobody to spare; none where all is well. */
export const staffingLines = (staffing: readonly Staffing[]): string[] =>
  staffing.filter(({ able, needed }) => able <= needed).map(lineOf);

function lineOf(staffing: Staffing): string {
  const { role, needed, able, quarantined } = staffing;
  const others = othersOf(staffing);
  const standing = `${needed} needed, ${able} can work${others === '' ? '' : ` (${others})`}`;
  if (able === needed)
    return `no ${role} to spare: ${standing}; when one is quarantined or gone, the run waits`;
  const missing = needed - able;
  const wait = `waits for ${missing} more ${role}${missing === 1 ? '' : 's'}: ${standing}`;
  // Its end is a window, and none begins.
  return quarantined >= missing && staffing.away === 0
    ? `${wait}; a quarantine ends after so many windows and none goes by: another ${role} has to come`
    : wait;
}

const othersOf = ({ quarantined, away, unready }: Staffing): string =>
  [
    [quarantined, 'in quarantine'],
    [away, 'not there'],
    [unready, 'not ready'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, why]) => `${count} ${why}`)
    .join(', ');
