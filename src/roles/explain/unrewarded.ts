/** Work and judgement of a period that earned nothing, and why. */
import { earnedBy } from '../../commands/rules/money/accounts.ts';
import { cheatsIn } from '../../commands/rules/money/scored-credits.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Assignment, PeriodBook, WindowBook } from '../../projections/books.ts';
import { submittedIn } from '../../projections/grouped-stages.ts';
import type { CreditUnit, Evidence } from './chronicle.ts';
import { lessenedIn } from './lessened.ts';
import type { Party } from './party.ts';

export interface UnrewardedLine {
  readonly assignment: string;
  /** Of the entry that settled it. */
  readonly sequence: number;
  readonly what: 'contribution' | 'verdict';
  readonly reason: string;
}

/** In ledger order. */
export function unrewardedOf(
  evidence: Evidence,
  { participant }: Party,
  { run, fromWindow, throughWindow }: PeriodBook,
): UnrewardedLine[] {
  return Object.values(evidence.books.windows)
    .filter(
      (book) =>
        book.run === run && book.window >= fromWindow && book.window <= (throughWindow ?? Infinity),
    )
    .flatMap((book) => {
      const work = uncredited(evidence, book, participant, 'work');
      const audit = uncredited(evidence, book, participant, 'audit');
      return Object.values(book.assignments).flatMap((held) => [
        ...(held.participant === participant ? contribution(evidence, held, work) : []),
        ...verdict(held, participant, audit),
      ]);
    })
    .toSorted((a, b) => a.sequence - b.sequence);
}

/** Why a window that is credited gave a party nothing for what was right; null: it did, or is not yet. */
function uncredited(
  evidence: Evidence,
  book: WindowBook,
  participant: ActorId,
  unit: CreditUnit,
): string | null {
  const { chronicle } = evidence;
  const { run, window } = book;
  const credited = chronicle.last(`journal/credit/${run}/${window}`, 'daybook.journal.posted.v1');
  const account = earnedBy(run, participant);
  if (
    credited === null ||
    chronicle.postings(unit, account).some(({ sequence }) => sequence === credited.sequence)
  )
    return null;
  const lessened = lessenedIn(evidence, run, window, participant).find(({ bps }) => bps === 0);
  if (lessened !== undefined)
    return `right, at 0 % ${lessened.by === 'offence' ? 'for an offence' : `as ${lessened.by}`}`;
  if (unit === 'work' && cheatsIn(submittedIn(book)).has(participant))
    return 'right, beside a cheat of the same window';
  const reached = chronicle.last(`run/${run}/window/${window}`, 'daybook.consensus.reached.v1');
  return reached === null ? null : 'right, and weighed as nothing by the consensus';
}

function* contribution(
  { chronicle }: Evidence,
  { assignment, disposition, resolvedSequence, reasons }: Assignment,
  why: string | null,
): Iterable<UnrewardedLine> {
  const what = 'contribution';
  const superseded = chronicle.last(`assignment/${assignment}`, 'daybook.assignment.superseded.v1');
  if (superseded !== null) {
    const { sequence, data } = superseded;
    yield { assignment, sequence, what, reason: `taken back: ${data.reason}` };
  }
  if (resolvedSequence === null || disposition === null) return;
  const resolved = { assignment, sequence: resolvedSequence, what } as const;
  if (disposition !== 'accepted')
    yield { ...resolved, reason: `${disposition}: ${reasons.join(', ')}` };
  else if (why !== null) yield { ...resolved, reason: why };
}

function* verdict(
  { assignment, disposition, resolvedSequence, challenge }: Assignment,
  participant: string,
  why: string | null,
): Iterable<UnrewardedLine> {
  const own = challenge?.verdicts.find(({ validator }) => validator === participant);
  if (own === undefined || resolvedSequence === null || disposition === null) return;
  const resolved = { assignment, sequence: resolvedSequence, what: 'verdict' } as const;
  // A verdict is credited when it says what was resolved, and something was resolved.
  if (own.disposition !== disposition || disposition === 'quarantined')
    yield { ...resolved, reason: `said ${own.disposition}, resolved as ${disposition}` };
  else if (why !== null) yield { ...resolved, reason: why };
}
