/**
 * A contributor as a person reads it: is it alive, what did it do, what did it earn, what was it
 * paid, and is it barred. Credits: earned = unsettled + settled + forfeited, in every unit.
 */
import type { Books, Member, MemberStatus } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { earnedBy, escrowOf, walletOf } from '../../commands/rules/money/accounts.ts';
import type { StatementLine } from './statements.ts';
import type { Deeds } from './tally.ts';
import { takenFor } from './statements.ts';

/** Decimal strings; one work credit a trained token, one audit credit a recomputed one. */
export interface CreditView {
  readonly unsettled: string;
  readonly settled: string;
  readonly forfeited: string;
}

export interface ContributorView {
  readonly participant: string;
  readonly name: string;
  readonly role: 'worker' | 'validator';
  readonly status: MemberStatus;
  readonly session: number;
  readonly computeClass: string | null;
  readonly backend: string | null;
  readonly lastHeardMs: number;
  readonly leaseUntilMs: number | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly verdicts: number;
  readonly tokens: number;
  /** By the worker's own clock; null before its first submission. */
  readonly tokensPerSecond: number | null;
  readonly work: CreditView;
  readonly audit: CreditView;
  /** Micro-units. */
  readonly paid: string;
  readonly escrow: string;
  /** First window, by run, in which it may work again. */
  readonly quarantine: Readonly<Record<string, number>>;
}

/** Of rejections and of offences, whatever the reason. */
const FORFEITS = /^forfeit\//;

export function contributorView(
  books: Books,
  member: Member,
  deeds: Deeds,
  lines: readonly StatementLine[],
): ContributorView {
  const { participant } = member;
  const credit = (unit: 'work' | 'audit'): CreditView => ({
    unsettled: Object.keys(books.runs)
      .reduce((sum, run) => sum + balanceOf(books, unit, earnedBy(run, participant)), 0n)
      .toString(),
    settled: takenFor(lines, unit, /^settled\//),
    forfeited: takenFor(lines, unit, FORFEITS),
  });
  return {
    participant,
    name: member.name,
    role: member.role,
    status: member.status,
    session: member.session,
    computeClass: member.computeClass,
    backend: member.backend,
    lastHeardMs: member.lastHeardMs,
    leaseUntilMs: member.leaseUntilMs,
    accepted: member.accepted,
    rejected: member.rejected,
    verdicts: deeds.verdicts,
    tokens: deeds.tokens,
    tokensPerSecond: speed(deeds),
    work: credit('work'),
    audit: credit('audit'),
    paid: balanceOf(books, 'micro', walletOf(participant)).toString(),
    escrow: balanceOf(books, 'micro', escrowOf(participant)).toString(),
    quarantine: { ...member.quarantine },
  };
}

function speed(deeds: Deeds): number | null {
  if (deeds.tokens === 0 || deeds.elapsedMs === 0) return null;
  return Math.round((deeds.tokens * 1000) / deeds.elapsedMs);
}
