/**
 * Why a participant was paid what it was paid in a period: the pool, its division by credits with the
 * arithmetic shown, every credit with the chain of entries behind it, and what was taken. All of it is
 * derived again from the journals; `agrees` says whether the settlement paid the same.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { Member, PeriodBook } from '../../projections/books.ts';
import { windowKey } from '../../projections/books.ts';
import { earnedBy, escrowOf, poolOf } from '../../commands/rules/money/accounts.ts';
import type { ChainStep } from './chain.ts';
import { chainOf } from './chain.ts';
import type { CreditUnit, Evidence, Posting } from './chronicle.ts';
import type { Lessening } from './lessened.ts';
import { lessenedBy } from './lessened.ts';
import type { Party } from './party.ts';
import { findParty, partyOf } from './party.ts';
import type { PayoutCourse } from './payout-course.ts';
import { courseOf } from './payout-course.ts';
import { divide } from './shares.ts';
import type { UnrewardedLine } from './unrewarded.ts';
import { unrewardedOf } from './unrewarded.ts';

/** Decimal strings: credits, and micro-units of money. */
export interface ShareView extends Party {
  readonly credits: string;
  readonly floor: string;
  readonly remainder: string;
  readonly place: number;
  readonly share: string;
}

export interface PartView {
  readonly unit: CreditUnit;
  /** The part of the pool that this unit divides. */
  readonly pool: string;
  readonly totalCredits: string;
  /** Micro-units left by the floors; the first places get one each. */
  readonly leftOver: number;
  /** The participant's own line; null without credits. */
  readonly own: ShareView | null;
  readonly shares: readonly ShareView[];
}

export interface CreditLine {
  readonly sequence: number;
  readonly unit: CreditUnit;
  readonly amount: string;
  readonly reason: string;
  readonly transfer: string;
  readonly lessened: readonly Lessening[];
  readonly chain: readonly ChainStep[];
}

export interface TakenLine {
  readonly sequence: number;
  readonly unit: Posting['unit'];
  readonly amount: string;
  readonly reason: string;
  readonly transfer: string;
  readonly because: readonly number[];
}

export interface PayoutExplanation extends PayoutCourse {
  readonly who: Party;
  readonly role: Member['role'];
  readonly run: string;
  readonly period: number;
  /** Periods of the run so far. */
  readonly periods: number;
  readonly state: PeriodBook['state'];
  readonly fromWindow: number;
  readonly throughWindow: number | null;
  readonly pool: string;
  readonly opened: number | null;
  readonly funded: number | null;
  readonly closed: number | null;
  readonly settlement: number | null;
  readonly policy: { readonly sequence: number; readonly workShareBps: number };
  readonly parts: readonly PartView[];
  /** What the division comes to here; for an open period, what it would come to now. */
  readonly total: string;
  readonly paid: { readonly sequence: number; readonly amount: string } | null;
  /** Null while the period is open. */
  readonly agrees: boolean | null;
  readonly credits: readonly CreditLine[];
  /** Credits forfeited and escrow lost. */
  readonly taken: readonly TakenLine[];
  readonly unrewarded: readonly UnrewardedLine[];
}

export interface PayoutQuestion {
  /** Name, public key or the beginning of one. */
  readonly who: string;
  readonly run?: string;
  /** Default: the last one settled, else the open one. */
  readonly period?: number;
}

export function explainPayout(
  evidence: Evidence,
  question: PayoutQuestion,
): Either<string, PayoutExplanation> {
  const { books } = evidence;
  const who = findParty(books, question.who);
  if (who._tag === 'Left') return who;
  const period = findPeriod(evidence, question);
  if (period._tag === 'Left') return period;
  return right(payoutOf(evidence, who.right, period.right));
}

function findPeriod(
  { books }: Evidence,
  { run, period }: PayoutQuestion,
): Either<string, PeriodBook> {
  const runs = Object.keys(books.runs);
  const name = run ?? (runs.length === 1 ? runs[0] : undefined);
  if (name === undefined) return left(`say which run with --run: ${runs.join(', ') || 'none yet'}`);
  const periods = Object.values(books.rewards.periods).filter((book) => book.run === name);
  if (periods.length === 0)
    return left(`run ${name} has no reward period${runs.includes(name) ? ' yet' : ''}`);
  const found =
    period === undefined
      ? (periods.findLast(({ state }) => state === 'settled') ?? periods.at(-1))
      : books.rewards.periods[windowKey(name, period)];
  return found === undefined
    ? left(`run ${name} has periods 0 to ${periods.length - 1}`)
    : right(found);
}

/** The entries between which a period's credits were posted, both exclusive. */
interface Span {
  readonly after: number;
  readonly before: number;
}

function payoutOf(evidence: Evidence, who: Party, book: PeriodBook): PayoutExplanation {
  const { books, chronicle } = evidence;
  const { run, period, pool } = book;
  const subject = `run/${run}/period/${period}`;
  const closed = chronicle.last(subject, 'daybook.period.closed.v1')?.sequence ?? null;
  const settlement = settlementOf(evidence, subject);
  const previous = dividedAt(evidence, `run/${run}/period/${period - 1}`);
  const span = { after: previous ?? -1, before: dividedAt(evidence, subject) ?? Infinity };
  const policy = chronicle.policyAt(span.before);
  const workShareBps = policy?.policy.rewards.workShareBps ?? 0;
  const parts = partsOf(evidence, book, workShareBps, span, who);
  const total = parts.reduce((sum, { own }) => sum + BigInt(own?.share ?? 0), 0n).toString();
  const paid = chronicle
    .postings('micro', poolOf(run, period))
    .find(({ id }) => id === `payout/${run}/${period}/${who.participant}`);
  const line = settlement?.lines.find((one) => one.participant === who.participant);
  return {
    who,
    role: books.members[who.participant]?.role ?? 'worker',
    run,
    period,
    periods: books.runs[run]?.periods ?? 0,
    state: book.state,
    fromWindow: book.fromWindow,
    throughWindow: book.throughWindow,
    pool,
    opened: chronicle.last(subject, 'daybook.period.opened.v1')?.sequence ?? null,
    funded: chronicle.postings('micro', poolOf(run, period))[0]?.sequence ?? null,
    closed,
    settlement: settlement?.sequence ?? null,
    policy: { sequence: policy?.sequence ?? 0, workShareBps },
    parts,
    total,
    paid: paid === undefined ? null : { sequence: paid.sequence, amount: paid.amount },
    agrees:
      settlement === null
        ? null
        : (paid?.amount ?? '0') === total && (line?.total ?? '0') === total,
    ...movements(evidence, who, run, span),
    ...courseOf(evidence, who, run, period),
    unrewarded: unrewardedOf(evidence, who, book),
  };
}

/** The entry at which the pool was divided: what came later counts for the next period. */
const dividedAt = ({ chronicle }: Evidence, subject: string): number | null =>
  (
    chronicle.last(subject, 'daybook.period.closing.v1') ??
    chronicle.last(subject, 'daybook.period.closed.v1')
  )?.sequence ?? null;

/** What was published of a period's close, and the payouts it lists, at once or in parts. */
function settlementOf(
  { chronicle }: Evidence,
  subject: string,
): {
  readonly sequence: number;
  readonly lines: readonly { readonly participant: string; readonly total: string }[];
} | null {
  const atOnce = chronicle.last(subject, 'daybook.settlement.published.v1');
  if (atOnce !== null) return { sequence: atOnce.sequence, lines: atOnce.data.payouts };
  const inParts = chronicle
    .all(subject, 'daybook.settlement.published.v2')
    .find(({ data }) => data.cause === 'closed');
  if (inParts === undefined) return null;
  const lines = chronicle
    .all(subject, 'daybook.payout.listed.v1')
    .flatMap(({ data }) => (data.cause === 'closed' ? data.lines : []));
  return { sequence: inParts.sequence, lines };
}

function partsOf(
  evidence: Evidence,
  { run, pool }: PeriodBook,
  workShareBps: number,
  span: Span,
  who: Party,
): PartView[] {
  const workPool = (BigInt(pool) * BigInt(workShareBps)) / 10_000n;
  const pools = { work: workPool, audit: BigInt(pool) - workPool };
  return (['work', 'audit'] as const).map((unit) => {
    const weights = Object.values(evidence.books.members).map(({ participant }) => ({
      id: participant as string,
      weight: earned(evidence, unit, earnedBy(run, participant), span),
    }));
    const { total, leftOver, lines } = divide(pools[unit], weights);
    const shares = lines.map(({ id, weight, floor, remainder, place, share }) => ({
      ...partyOf(evidence.books, id as Party['participant']),
      credits: weight.toString(),
      floor: floor.toString(),
      remainder: remainder.toString(),
      place,
      share: share.toString(),
    }));
    const own = shares.find(({ participant }) => participant === who.participant) ?? null;
    return {
      unit,
      pool: pools[unit].toString(),
      totalCredits: total.toString(),
      leftOver,
      own,
      shares,
    };
  });
}

const within = ({ after, before }: Span, { sequence, reason }: Posting): boolean =>
  sequence > after && sequence < before && reason !== 'settled';

/** What an account held when its period closed: credits less forfeits of the span. */
const earned = ({ chronicle }: Evidence, unit: CreditUnit, account: string, span: Span): bigint =>
  chronicle
    .postings(unit, account)
    .filter((posting) => within(span, posting))
    .reduce(
      (sum, { credit, amount }) => sum + (credit === account ? BigInt(amount) : -BigInt(amount)),
      0n,
    );

function movements(
  evidence: Evidence,
  { participant }: Party,
  run: string,
  span: Span,
): Pick<PayoutExplanation, 'credits' | 'taken'> {
  const { chronicle } = evidence;
  const account = earnedBy(run, participant);
  const escrow = escrowOf(participant);
  const own = (['work', 'audit'] as const)
    .flatMap((unit) => chronicle.postings(unit, account))
    .filter((posting) => within(span, posting))
    .toSorted((a, b) => a.sequence - b.sequence);
  const lost = chronicle
    .postings('micro', escrow)
    .filter((posting) => posting.debit === escrow && within(span, posting));
  return {
    credits: own
      .filter(({ credit }) => credit === account)
      .map((posting) => ({
        sequence: posting.sequence,
        unit: posting.unit as CreditUnit,
        amount: posting.amount,
        reason: posting.reason,
        transfer: posting.id,
        lessened: lessenedBy(evidence, posting),
        chain: chainOf(evidence, posting.id),
      })),
    taken: [...own.filter(({ debit }) => debit === account), ...lost]
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ sequence, unit, amount, reason, id, because }) => ({
        sequence,
        unit,
        amount,
        reason,
        transfer: id,
        because,
      })),
  };
}
