/**
 * Settlement of many: the pool of a period is divided once, and its payouts are posted in parts, one
 * a tick, until all are; then the period closes and a root over everybody's cumulative payouts is
 * published. Nothing of the run goes on meanwhile. Under vesting terms payouts go into the run's ring
 * (payout-book.ts); when a run has ended, time turns its ring. Laws: payouts + remainder = pool; a
 * part is a function of the division and its place, so it is posted once. O(n log n) for n members.
 */
import { canonicalJson } from '../../../events/canonical-json.ts';
import { LINES_PER_PART } from '../../../events/catalogue/payout.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Hash } from '../../../events/merkle.ts';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type { Books, RunBook } from '../../../projections/books.ts';
import { must, windowKey } from '../../../projections/books.ts';
import type {
  ClosingBook,
  Division as RecordedDivision,
  DueLine,
  RingBook,
} from '../../../projections/payout-book.ts';
import { dueOf, ringFor } from '../../../projections/payouts.ts';
import type { Division } from '../../shares.ts';
import { divisionOf, shareOf } from '../../shares.ts';
import type { Transfer } from './accounts.ts';
import {
  earnedBy,
  journals,
  poolOf,
  SETTLED,
  vestingOf,
  walletOf,
  withdrawnBy,
} from './accounts.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Members that one list of payouts can name; with more a period closes in parts, whatever its terms. */
export const SETTLED_AT_ONCE_MAX = 800;

export const settlesInParts = (books: Books, run: string): boolean =>
  ringFor(books, run) !== null || Object.keys(books.members).length > SETTLED_AT_ONCE_MAX;

/** What a period's close divides: the pool by credits, a part for work and the rest for validation. */
export function divided(
  pool: bigint,
  workShareBps: number,
  due: readonly DueLine[],
): { readonly work: Division; readonly audit: Division } {
  const workPool = (pool * BigInt(workShareBps)) / 10_000n;
  const weights = (unit: 'work' | 'audit') =>
    due.map((line) => ({ id: line.participant as string, weight: BigInt(line[unit]) }));
  return {
    work: divisionOf(workPool, weights('work')),
    audit: divisionOf(pool - workPool, weights('audit')),
  };
}

/** Divide the pool and begin to close the period. */
export function beginClose(books: Books, run: RunBook, period: number): Fact[] {
  const name = run.plan.run;
  const { pool } = must(books.rewards.periods[windowKey(name, period)], 'period');
  const ring = ringFor(books, name);
  const bucket = ring === null ? null : period % ring.size;
  const old = bucket === null ? null : (ring?.buckets[bucket] ?? null);
  const due = dueOf(books, name, 'closed', old === null ? null : bucket);
  const { workShareBps } = must(books.policy, 'policy').rewards;
  const { work, audit } = divided(BigInt(pool), workShareBps, due);
  return [
    fact('daybook.period.closing.v1', {
      run: name,
      period,
      throughWindow: Math.max(run.windowsReconciled - 1, 0),
      pool,
      work: recorded(work),
      audit: recorded(audit),
      participants: due.length,
      vesting: ring?.size ?? 0,
      vests: old?.period ?? null,
    }),
  ];
}

const recorded = ({ pool, weights, cut }: Division): RecordedDivision => ({
  pool: pool.toString(),
  credits: weights.toString(),
  cut: cut === null ? null : { rest: cut.rest.toString(), participant: cut.id as ActorId },
});

const read = ({ pool, credits, cut }: RecordedDivision): Division => ({
  pool: BigInt(pool),
  weights: BigInt(credits),
  cut: cut === null ? null : { rest: BigInt(cut.rest), id: cut.participant },
});

/** Closes and releases that are under way go on; rings of runs that have ended turn with time. */
export function* payoutTimers(books: Books): Iterable<Timer> {
  for (const closing of Object.values(books.closings ?? {})) {
    // One part a tick: several would overflow a commit, which costs the authority a copy of its books.
    const isFirst = closing.parts === 0 || closing.posted === closing.due.length;
    yield { dueMs: isFirst ? 0 : closing.postedMs + 1, fire: () => goOn(books, closing) };
  }
  for (const [run, ring] of Object.entries(books.rings ?? {})) {
    if (!isOver(books, run) || books.closings?.[run] !== undefined) continue;
    yield { dueMs: ring.turnedMs + ring.turnMs, fire: () => release(books, run, ring) };
  }
}

function isOver(books: Books, run: string): boolean {
  const book = books.runs[run];
  if (book === undefined) return true;
  return (book.state === 'completed' || book.state === 'failed') && book.openPeriod === null;
}

/** The oldest payouts of a run that has ended become claimable. */
function release(books: Books, run: string, { size, buckets }: RingBook): Fact[] {
  const periods = buckets.flatMap((bucket) => (bucket === null ? [] : [bucket.period]));
  const period = Math.min(...periods);
  const participants = dueOf(books, run, 'released', period % size).length;
  return [fact('daybook.payout.releasing.v1', { run, period, participants })];
}

const goOn = (books: Books, closing: ClosingBook): Fact[] =>
  closing.posted < closing.due.length ? postPart(books, closing) : finish(books, closing);

interface PayoutLine {
  readonly participant: ActorId;
  readonly work: string;
  readonly audit: string;
  readonly total: string;
  readonly vested: string;
}

/** What the closing pays this participant; what vests is what its bucket still holds. */
function lineOf(books: Books, closing: ClosingBook, due: DueLine): PayoutLine {
  const { participant } = due;
  const share = (unit: 'work' | 'audit'): bigint => {
    const division = closing[unit];
    const weight = { id: participant, weight: BigInt(due[unit]) };
    return division === null ? 0n : shareOf(read(division), weight);
  };
  const [work, audit] = [share('work'), share('audit')];
  const { run, vests } = closing;
  const held = vests === null ? 0n : balanceOf(books, 'micro', vestingOf(run, participant, vests));
  return {
    participant,
    work: work.toString(),
    audit: audit.toString(),
    total: (work + audit).toString(),
    vested: held.toString(),
  };
}

function postPart(books: Books, closing: ClosingBook): Fact[] {
  const { run, period, cause, parts: part, posted, due } = closing;
  const slice = due.slice(posted, posted + LINES_PER_PART);
  const lines = slice.map((each) => lineOf(books, closing, each));
  const verb = cause === 'closed' ? 'settle' : 'release';
  return [
    fact('daybook.payout.listed.v1', { run, period, cause, part, lines }),
    ...journals(
      `${verb}/${run}/${period}/${part}`,
      lines.flatMap((line) => transfersOf(books, closing, line)),
    ),
  ];
}

function transfersOf(books: Books, closing: ClosingBook, line: PayoutLine): Transfer[] {
  const { run, period, cause, vests } = closing;
  const { participant, vested, total } = line;
  const because = [closing.sequence];
  const vesting: Transfer = {
    id: `${cause === 'closed' ? 'vested' : 'released'}/${run}/${period}/${participant}`,
    unit: 'micro',
    debit: vestingOf(run, participant, vests ?? 0),
    credit: walletOf(participant),
    amount: vested,
    reason: 'vested',
    because,
  };
  if (cause === 'released') return [vesting];
  const size = books.rings?.[run]?.size ?? 0;
  const credits = (['work', 'audit'] as const).map((unit): Transfer => ({
    id: `settled/${unit}/${run}/${period}/${participant}`,
    unit,
    debit: earnedBy(run, participant),
    credit: SETTLED,
    amount: balanceOf(books, unit, earnedBy(run, participant)).toString(),
    reason: 'settled',
    because,
  }));
  return [
    vesting,
    {
      id: `payout/${run}/${period}/${participant}`,
      unit: 'micro',
      debit: poolOf(run, period),
      credit: size === 0 ? walletOf(participant) : vestingOf(run, participant, period % size),
      amount: total,
      reason: 'payout',
      because,
    },
    ...credits,
  ];
}

function finish(books: Books, closing: ClosingBook): Fact[] {
  const { run, period, cause, throughWindow, pool, paid, parts } = closing;
  const leaves = cumulativePayouts(books);
  const total = leaves.reduce((sum, { cumulative }) => sum + BigInt(cumulative), 0n);
  const remainder = (BigInt(pool) - BigInt(paid)).toString();
  return [
    ...(cause === 'closed'
      ? [fact('daybook.period.closed.v1', { run, period, throughWindow, pool, paid, remainder })]
      : []),
    fact('daybook.settlement.published.v2', {
      run,
      period,
      cause,
      parts,
      participants: leaves.length,
      total: total.toString(),
      root: cumulativeRoot(leaves),
    }),
  ];
}

/** A leaf of the tree of payouts. */
export interface CumulativePayout {
  readonly participant: ActorId;
  /** Micro-units, decimal: claimed so far and claimable now. */
  readonly cumulative: string;
}

/** By participant, those who have ever had something to claim. */
export function cumulativePayouts(books: Books): CumulativePayout[] {
  const leaves: CumulativePayout[] = [];
  for (const { participant } of Object.values(books.members)) {
    const cumulative =
      balanceOf(books, 'micro', walletOf(participant)) +
      balanceOf(books, 'micro', withdrawnBy(participant));
    if (cumulative > 0n) leaves.push({ participant, cumulative: cumulative.toString() });
  }
  return leaves.sort((a, b) => (a.participant < b.participant ? -1 : 1));
}

/** RFC 6962 leaf over the canonical JSON. */
export const payoutLeaf = ({ participant, cumulative }: CumulativePayout): Hash =>
  leafHash(Buffer.from(canonicalJson({ participant, cumulative }), 'utf8'));

/** RFC 6962 root in hex. */
export function cumulativeRoot(leaves: readonly CumulativePayout[]): string {
  const range = CompactRange.empty();
  for (const leaf of leaves) range.append(payoutLeaf(leaf));
  return Buffer.from(range.root()).toString('hex');
}
