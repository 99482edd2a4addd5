/**
 * The ladder: which rung an offence leads to, from its kind and how many of its sort its author has
 * committed within memory. What can be proved - anybody who holds the log and the artifacts comes to
 * the same - climbs as far as a slashing; what is merely observed, as silence is, may be an honest
 * party's misfortune: it warns and de-weights, and never more.
 */
import { WINDOW_MAX } from '../../../events/codecs.ts';
import { TAKEN_MAX } from '../../../events/catalogue/offence.ts';
import { RUNGS } from '../../../events/catalogue/policy/ladder.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books } from '../../../projections/books.ts';
import type { LadderPolicy, OffenceKind, Rung, Taken } from '../../../projections/offence-book.ts';
import { findOffence } from '../../../projections/offences.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { earnedBy } from '../money/accounts.ts';
import { fact } from '../rule.ts';
import { atStake } from '../money/vesting.ts';

/** Offences of one sort count together. */
type Sort = 'work' | 'verdict' | 'signature' | 'tolerant' | 'observed' | 'authority';

const SORT_OF: { readonly [K in OffenceKind]: Sort } = {
  altered_delta: 'work',
  wrong_feedback: 'work',
  copied_delta: 'work',
  replayed_delta: 'work',
  // Judged by how far it is off, not by equality: it can be doubted.
  divergent_delta: 'tolerant',
  false_verdict: 'verdict',
  false_report: 'verdict',
  overturned_rejection: 'verdict',
  equivocation: 'signature',
  // Recorded for everybody to see; it holds no escrow and gets no work.
  forked_ledger: 'authority',
  dead_lease: 'observed',
  missing_reveal: 'observed',
  missing_verdict: 'observed',
  missing_scores: 'observed',
  undefended_verdict: 'observed',
  frivolous_dispute: 'observed',
};

const level = (rung: Rung): number => RUNGS.indexOf(rung);
const lighter = (a: Rung, b: Rung): Rung => (level(a) < level(b) ? a : b);

function boundsOf({ first }: LadderPolicy, sort: Sort): { first: Rung; last: Rung } {
  switch (sort) {
    case 'work':
    case 'verdict':
    case 'signature':
      return { first: first[sort], last: 'slashed' };
    case 'tolerant':
      return { first: lighter(first.work, 'quarantined'), last: 'quarantined' };
    case 'observed':
      return { first: 'warned', last: 'deweighted' };
    case 'authority':
      return { first: 'warned', last: 'warned' };
  }
}

/** @param count of offences of its sort within memory, this one included: 1 and up */
export function rungOf(ladder: LadderPolicy, kind: OffenceKind, count: number): Rung {
  const { first, last } = boundsOf(ladder, SORT_OF[kind]);
  const climbed = first === 'warned' ? Math.max(0, count - ladder.warnings) : count - 1;
  return RUNGS[Math.min(level(first) + climbed, level(last))] ?? last;
}

export const isSlashable = (kind: OffenceKind): boolean =>
  ['work', 'verdict', 'signature'].includes(SORT_OF[kind]);

export interface Accusation {
  readonly offence: string;
  readonly participant: ActorId;
  readonly kind: OffenceKind;
  readonly run: string | null;
  readonly evidence: readonly number[];
  readonly parties: Iterable<ActorId>;
}

const EVIDENCE_MAX = 64;
/** Accounts that money is taken from: what is in others, of the oldest payouts, stays. */
const SLASHED_MAX = TAKEN_MAX - 2;
const PARTIES_MAX = 256;

/** Nothing where the offence is on record. */
export function found(
  books: Books,
  ladder: LadderPolicy,
  accusation: Accusation,
  nowMs: number,
): Fact[] {
  const { offence, participant, kind, run } = accusation;
  if (findOffence(books, participant, offence) !== undefined) return [];
  const window = windowNow(books, run);
  // Authority and operator hold no escrow and get no work.
  const isMember = books.members[participant] !== undefined;
  const count = countOf(books, ladder, accusation, window) + 1;
  const rung = isMember ? rungOf(ladder, kind, count) : 'warned';
  return [
    fact('daybook.offence.found.v1', {
      offence,
      participant,
      kind,
      rung,
      run,
      window,
      untilWindow: untilWindow(ladder, rung, window),
      evidence: [...new Set(accusation.evidence)].sort((a, b) => a - b).slice(0, EVIDENCE_MAX),
      parties: [...new Set([participant, ...accusation.parties])].slice(0, PARTIES_MAX),
      taken: takenBy(books, ladder, rung, participant, run),
      appealUntilMs: rung === 'warned' ? null : nowMs + ladder.appealMs,
    }),
  ];
}

/** The run's last window; null: it has none, or there is no run. */
function windowNow(books: Books, run: string | null): number | null {
  const planned = (run === null ? undefined : books.runs[run])?.windowsPlanned ?? 0;
  return planned === 0 ? null : planned - 1;
}

/** Of the same sort in the same run, not overturned, within memory. */
function countOf(
  books: Books,
  { memoryWindows }: LadderPolicy,
  { participant, kind, run }: Accusation,
  window: number | null,
): number {
  const earlier = (books.offences?.[participant] ?? []).filter(
    (one) => one.run === run && SORT_OF[one.kind] === SORT_OF[kind] && one.state !== 'overturned',
  );
  return earlier.filter(
    (one) => one.window === null || window === null || one.window + memoryWindows > window,
  ).length;
}

/**
 * Of what can be proved, not overturned: within memory in a run that is not over, or for good where it
 * concerns no run.
 */
export function isConvicted(
  books: Books,
  participant: ActorId,
  { memoryWindows }: LadderPolicy,
): boolean {
  return (books.offences?.[participant] ?? []).some(({ kind, state, run, window }) => {
    if (state === 'overturned' || !(isSlashable(kind) || kind === 'divergent_delta')) return false;
    if (run === null) return true;
    const { state: at, windowsPlanned } = books.runs[run] ?? { state: 'completed' };
    if (at === 'completed' || at === 'failed' || windowsPlanned === undefined) return false;
    return window === null || window + memoryWindows >= windowsPlanned;
  });
}

function untilWindow(ladder: LadderPolicy, rung: Rung, window: number | null): number | null {
  if (window === null || rung === 'warned') return null;
  const windows = rung === 'deweighted' ? ladder.deweightWindows : ladder.quarantineWindows;
  return Math.min(window + 1 + windows, WINDOW_MAX);
}

/**
 * Credits of the open period with a quarantine; with a slashing a part of all that is at stake: the
 * escrow, also what of it is being unlocked, and payouts that have not vested. Of each the same part,
 * rounded down: were the escrow taken first, much that has not vested would leave no bond to appeal.
 */
function takenBy(
  books: Books,
  { slashBps }: LadderPolicy,
  rung: Rung,
  participant: ActorId,
  run: string | null,
): Taken[] {
  if (level(rung) < level('quarantined')) return [];
  const credits =
    run === null
      ? []
      : (['work', 'audit'] as const).map((unit) => {
          const account = earnedBy(run, participant);
          return { unit, account, amount: balanceOf(books, unit, account) };
        });
  const money =
    rung !== 'slashed'
      ? []
      : atStake(books, participant)
          .slice(0, SLASHED_MAX)
          .map(({ account, amount }) => ({
            unit: 'micro' as const,
            account,
            amount: (amount * BigInt(slashBps)) / 10_000n,
          }));
  return [...money, ...credits]
    .filter(({ amount }) => amount > 0n)
    .map((one) => ({ ...one, amount: one.amount.toString() }));
}
