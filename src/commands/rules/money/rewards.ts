/**
 * Rewards: credits for accepted work and for agreeing verdicts as windows are reconciled; penalties
 * and forfeits when a contribution is rejected; at the end of a period the pool is divided by
 * credits, once. Laws: every journal balances; payouts + remainder = pool.
 */
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { CompactRange, leafHash } from '../../../events/merkle.ts';
import type {
  AggregationReport,
  Assignment,
  Books,
  RunBook,
  WindowBook,
} from '../../../projections/books.ts';
import {
  assignmentOf,
  must,
  policyFor,
  policyOf,
  windowKey,
  windowKeyOf,
} from '../../../projections/books.ts';
import { submittedIn } from '../../../projections/grouped-stages.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { largestRemainder } from '../../shares.ts';
import type { Transfer } from './accounts.ts';
import {
  earnedBy,
  escrowOf,
  FORFEITED,
  ISSUER,
  journals,
  PENALTIES,
  poolOf,
  SETTLED,
  walletOf,
} from './accounts.ts';
import { atStagePay } from '../windows/admission.ts';
import { reportKey } from '../windows/aggregation.ts';
import { countedBy } from '../windows/challenges.ts';
import { fact } from '../rule.ts';
import { beginClose, settlesInParts } from './settlement.ts';
import { takeFrom } from './vesting.ts';
import { byConsensus, cheatsIn } from './scored-credits.ts';
import { deweighted } from '../discipline/sanctions.ts';

export function postStake(books: Books, event: EventOf<'daybook.participant.admitted.v1'>): Fact[] {
  const { participant } = event.data;
  const id = `stake/${participant}`;
  const amount = must(books.policy, 'policy').rewards.stake;
  const because = [event.sequence];
  return journals(id, [
    {
      id,
      unit: 'micro',
      debit: ISSUER,
      credit: escrowOf(participant),
      amount,
      reason: 'stake',
      because,
    },
  ]);
}

export function openPeriod(books: Books, run: string, fromWindow: number): Fact[] {
  const period = must(books.runs[run], 'run').periods;
  const { pool } = must(books.policy, 'policy').rewards;
  const id = `fund/${run}/${period}`;
  return [
    fact('daybook.period.opened.v1', { run, period, fromWindow, pool }),
    ...journals(id, [
      {
        id,
        unit: 'micro',
        debit: ISSUER,
        credit: poolOf(run, period),
        amount: pool,
        reason: 'pool',
        because: [],
      },
    ]),
  ];
}

/** The author of a rejected contribution pays (vesting.ts) and forfeits the open period's credits. */
export function penalise(books: Books, event: EventOf<'daybook.challenge.resolved.v1'>): Fact[] {
  if (event.data.disposition !== 'rejected') return [];
  const { assignment } = event.data;
  const { participant } = must(assignmentOf(books, assignment), 'assignment');
  const run = must(windowKeyOf(assignment).split('/')[0], 'run');
  const penalty = BigInt(policyFor(books, assignment).fraud.penalty);
  const because = [event.sequence, ...event.data.verdicts];
  return journals(`penalty/${assignment}`, [
    ...takeFrom(books, participant, penalty, {
      id: `penalty/${assignment}`,
      into: PENALTIES,
      reason: 'rejected_contribution',
      because,
    }),
    ...(['work', 'audit'] as const).map((unit) => ({
      id: `forfeit/${unit}/${assignment}`,
      unit,
      debit: earnedBy(run, participant),
      credit: FORFEITED,
      amount: balanceOf(books, unit, earnedBy(run, participant)).toString(),
      reason: 'rejected_contribution',
      because,
    })),
  ]);
}

/** One work credit a trained token, one audit credit a recomputed one, to those who were right. */
export function creditWindow(
  books: Books,
  event: EventOf<
    'daybook.window.reconciled.v1' | 'daybook.consensus.reached.v1' | 'daybook.consensus.failed.v1'
  >,
): Fact[] {
  const { run, window } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  if (book.state !== 'reconciled') return [];
  const held = submittedIn(book);
  // What a cheat did beside its fraud earns as little as what it had earned before.
  const cheats = cheatsIn(held);
  const transfers = held.flatMap((assignment) => [
    ...(cheats.has(assignment.participant) ? [] : workCredit(run, assignment)),
    ...auditCredits(run, assignment),
  ]);
  const alone = [...transfers, ...aggregationCredits(books, book)];
  const earned = atStagePay(books, book, byConsensus(books, book, alone));
  const credits = deweighted(books, book, earned);
  return journals(`credit/${run}/${window}`, credits);
}

/** Of an accepted contribution, or one whose rejection has been overturned. */
export function workCredit(run: string, assignment: Assignment): Transfer[] {
  const { submission, disposition, dispute, participant, resolvedSequence } = assignment;
  if (submission === null) return [];
  if (disposition !== 'accepted' && dispute !== 'claimant_right') return [];
  return [
    {
      id: `work/${assignment.assignment}`,
      unit: 'work',
      debit: ISSUER,
      credit: earnedBy(run, participant),
      amount: String(submission.tokens),
      reason: 'accepted_contribution',
      because: [assignment.sequence, submission.sequence, must(resolvedSequence, 'resolution')],
    },
  ];
}

function auditCredits(run: string, assignment: Assignment): Transfer[] {
  const { submission, challenge, disposition, dispute } = assignment;
  if (submission === null || challenge === null || disposition === 'quarantined') return [];
  if (dispute === 'claimant_right') return [];
  return challenge.verdicts
    .filter(
      (verdict) =>
        verdict.disposition === disposition &&
        countedBy(assignment, verdict) === assignment.counted,
    )
    .map((verdict) => ({
      id: `audit/${assignment.assignment}/${verdict.validator}`,
      unit: 'audit' as const,
      debit: ISSUER,
      credit: earnedBy(run, verdict.validator),
      amount: String(submission.tokens),
      reason: 'agreeing_verdict',
      because: [challenge.sequence, verdict.sequence, must(assignment.resolvedSequence, 'seq')],
    }));
}

/** Evaluating the held-out pages twice is what an agreeing aggregation report is credited with. */
function aggregationCredits(books: Books, window: WindowBook): Transfer[] {
  const { aggregation, lossAfterMicroNats } = window;
  if (aggregation === null || lossAfterMicroNats === null) return [];
  const { plan } = must(books.runs[window.run], 'run');
  const dataset = must(books.datasets[plan.dataset], 'dataset');
  const { quorum } = policyOf(books, window).validation;
  const alike = (report: AggregationReport): AggregationReport[] =>
    aggregation.reports.filter((other) => reportKey(other) === reportKey(report));
  return aggregation.reports
    .filter((report) => alike(report).length >= quorum)
    .map((report) => ({
      id: `aggregate/${window.run}/${window.window}/${report.validator}`,
      unit: 'audit' as const,
      debit: ISSUER,
      credit: earnedBy(window.run, report.validator),
      amount: String(dataset.heldOutPages * dataset.pageTokens),
      reason: 'agreeing_aggregation',
      because: [aggregation.sequence, report.sequence],
    }));
}

/** Divide the pool by credits and close the period for good. */
export function closePeriod(books: Books, run: RunBook, period: number): Fact[] {
  const name = run.plan.run;
  if (settlesInParts(books, name)) return beginClose(books, run, period);
  const throughWindow = Math.max(run.windowsReconciled - 1, 0);
  const book = must(books.rewards.periods[windowKey(name, period)], 'period');
  const pool = BigInt(book.pool);
  const workPool = (pool * BigInt(must(books.policy, 'policy').rewards.workShareBps)) / 10_000n;
  const credits = (unit: string) =>
    Object.keys(books.members).map((id) => ({
      id,
      weight: balanceOf(books, unit, earnedBy(name, id)),
    }));
  const work = largestRemainder(workPool, credits('work'));
  const audit = largestRemainder(pool - workPool, credits('audit'));
  const payouts = [...new Set([...work.keys(), ...audit.keys()])].sort().map((id) => {
    const parts = { work: work.get(id) ?? 0n, audit: audit.get(id) ?? 0n };
    return { participant: id, ...parts, total: parts.work + parts.audit };
  });
  const paid = payouts.reduce((sum, payout) => sum + payout.total, 0n);
  const lines = payouts.map((payout) => ({
    participant: payout.participant as (typeof book.payouts)[number]['participant'],
    work: payout.work.toString(),
    audit: payout.audit.toString(),
    total: payout.total.toString(),
  }));
  return [
    ...journals(`settle/${name}/${period}`, [
      ...lines.map((line) => payoutTransfer(name, period, line.participant, line.total)),
      ...settleCredits(books, name, period),
    ]),
    fact('daybook.period.closed.v1', {
      run: name,
      period,
      throughWindow,
      pool: book.pool,
      paid: paid.toString(),
      remainder: (pool - paid).toString(),
    }),
    fact('daybook.settlement.published.v1', {
      run: name,
      period,
      payouts: lines,
      root: payoutRoot(lines),
    }),
  ];
}

function payoutTransfer(run: string, period: number, actor: string, amount: string): Transfer {
  return {
    id: `payout/${run}/${period}/${actor}`,
    unit: 'micro',
    debit: poolOf(run, period),
    credit: walletOf(actor),
    amount,
    reason: 'payout',
    because: [],
  };
}

function settleCredits(books: Books, run: string, period: number): Transfer[] {
  return (['work', 'audit'] as const).flatMap((unit) =>
    Object.keys(books.members).map((actor) => ({
      id: `settled/${unit}/${run}/${period}/${actor}`,
      unit,
      debit: earnedBy(run, actor),
      credit: SETTLED,
      amount: balanceOf(books, unit, earnedBy(run, actor)).toString(),
      reason: 'settled',
      because: [],
    })),
  );
}

/** RFC 6962 root over the canonical JSON of each payout line, in order. */
export function payoutRoot(
  lines: readonly { participant: string; work: string; audit: string; total: string }[],
): string {
  const range = CompactRange.empty();
  for (const line of lines) range.append(leafHash(Buffer.from(canonicalJson({ ...line }))));
  return Buffer.from(range.root()).toString('hex');
}
