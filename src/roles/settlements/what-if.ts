/**
 * Settlements worked out again from the same facts under other terms: pool, shares, stakes, penalties,
 * vesting. What happened stays: who worked and what its credits were when each period closed, every
 * verdict, where periods begin and end, corrections and claims. Under the recorded terms the amounts
 * are the recorded ones, which a test holds.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { assignmentOf, emptyBooks, must } from '../../projections/books.ts';
import type { Books } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { ledgerOf, msOfTime } from '../../events/entry.ts';
import { policyFor } from '../../projections/books.ts';
import { divided } from '../../commands/rules/money/settlement.ts';
import { shareOf } from '../../commands/shares.ts';
import type { DueLine } from '../../projections/payout-book.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Terms } from './what-if-terms.ts';
import { termsOf } from './what-if-terms.ts';
import { Vault } from './what-if-vault.ts';

/** Micro-units. */
export interface Money {
  /** Out of pools. */
  paid: bigint;
  /** To the penalties, less what came back. */
  lost: bigint;
}

export interface PeriodOutcome {
  readonly run: string;
  readonly period: number;
  readonly pool: bigint;
  readonly payouts: ReadonlyMap<string, bigint>;
}

export interface Outcome {
  readonly participants: ReadonlyMap<string, Money>;
  readonly periods: readonly PeriodOutcome[];
}

export interface WhatIf {
  readonly recorded: Outcome;
  readonly other: Outcome;
  /** At the end. */
  readonly books: Books;
}

/** What is no question of terms, for people. */
export const STANDS: readonly string[] = [
  'who was drawn, who worked, and every verdict',
  'credits as they were when each period closed, forfeits included',
  'where periods begin and end',
  'disputes, corrections and claims',
];

/** @param events of a ledger from its start */
export function whatIf(events: readonly LedgerEvent[], terms: Partial<Terms>): WhatIf {
  const recorded = new Recorded();
  const other = new Other(terms);
  const books = emptyBooks(ledgerOf(events[0]?.source ?? ''));
  for (const event of events) {
    foldWhole(books, event);
    recorded.see(event);
    other.see(event, books);
  }
  return { recorded: recorded.outcome, other: other.outcome, books };
}

class Tally {
  readonly participants = new Map<string, Money>();
  readonly periods: PeriodOutcome[] = [];

  of(participant: string): Money {
    const known = this.participants.get(participant);
    if (known !== undefined) return known;
    const fresh = { paid: 0n, lost: 0n };
    this.participants.set(participant, fresh);
    return fresh;
  }

  get outcome(): Outcome {
    return { participants: this.participants, periods: this.periods };
  }
}

/** Periods of several runs may close at the same time, each in parts. */
class PerPeriod<T> {
  readonly #kept = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(period: string): T {
    const known = this.#kept.get(period) ?? this.#make();
    this.#kept.set(period, known);
    return known;
  }

  end(period: string): T {
    const last = this.of(period);
    this.#kept.delete(period);
    return last;
  }
}

/** `<run>/<period>` of a transfer's id, which begins with so many other names. */
const periodIn = (transfer: string, names: number): string =>
  transfer
    .split('/')
    .slice(names, names + 2)
    .join('/');

/** Of a transfer id or an account: whose it is. */
const ownerOf = (path: string): string => /U[A-Z2-7]{55}/.exec(path)?.[0] ?? '';

/** What the journals say. */
class Recorded extends Tally {
  readonly #payouts = new PerPeriod(() => new Map<string, bigint>());

  see(event: LedgerEvent): void {
    if (event.type === 'daybook.period.closed.v1') {
      const { run, period, pool } = event.data;
      const payouts = this.#payouts.end(`${run}/${period}`);
      this.periods.push({ run, period, pool: BigInt(pool), payouts });
    }
    if (event.type !== 'daybook.journal.posted.v1') return;
    for (const { id, reason, debit, credit, amount, unit } of event.data.transfers) {
      if (unit !== 'micro') continue;
      const value = BigInt(amount);
      if (reason === 'payout') {
        this.of(ownerOf(credit)).paid += value;
        this.#payouts.of(periodIn(id, 1)).set(ownerOf(credit), value);
      } else if (reason === 'rejected_contribution') this.of(ownerOf(debit)).lost += value;
      else if (reason === 'overturned_rejection') this.of(ownerOf(credit)).lost -= value;
    }
  }
}

/** What other terms make of the same facts. */
class Other extends Tally {
  readonly #terms: Partial<Terms>;
  readonly #vault = new Vault();
  readonly #credits = new PerPeriod(() => new Map<string, { work: bigint; audit: bigint }>());

  constructor(terms: Partial<Terms>) {
    super();
    this.#terms = terms;
  }

  see(event: LedgerEvent, books: Books): void {
    const policy = books.policy;
    if (policy === null) return;
    const terms: Terms = { ...termsOf(policy), ...this.#terms };
    switch (event.type) {
      case 'daybook.participant.admitted.v1':
        this.#vault.stake(event.data.participant, BigInt(terms.stake));
        return;
      case 'daybook.challenge.resolved.v1': {
        if (event.data.disposition !== 'rejected') return;
        const { assignment } = event.data;
        const { participant } = must(assignmentOf(books, assignment), 'assignment');
        const penalty = this.#terms.penalty ?? policyFor(books, assignment).fraud.penalty;
        const nowMs = msOfTime(event.time);
        const taken = this.#vault.take(participant, assignment, BigInt(penalty), nowMs);
        this.of(participant).lost += taken;
        return;
      }
      case 'daybook.dispute.resolved.v1': {
        if (event.data.outcome !== 'claimant_right') return;
        const { assignment } = event.data;
        const { participant } = must(assignmentOf(books, assignment), 'assignment');
        this.of(participant).lost -= this.#vault.giveBack(participant, assignment);
        return;
      }
      case 'daybook.journal.posted.v1':
        for (const { id, reason, unit, debit, amount } of event.data.transfers)
          if (reason === 'settled' && unit !== 'micro')
            this.#creditsOf(periodIn(id, 2), ownerOf(debit))[unit] += BigInt(amount);
        return;
      case 'daybook.period.closed.v1': {
        const pool = this.#terms.pool ?? event.data.pool;
        this.#close(event.data.run, event.data.period, pool, terms, msOfTime(event.time));
        return;
      }
      case 'daybook.run.completed.v1':
      case 'daybook.run.failed.v1':
        this.#vault.end(event.data.run, msOfTime(event.time));
        return;
      default:
    }
  }

  #creditsOf(period: string, participant: string): { work: bigint; audit: bigint } {
    const all = this.#credits.of(period);
    const known = all.get(participant) ?? { work: 0n, audit: 0n };
    all.set(participant, known);
    return known;
  }

  #close(run: string, period: number, pool: string, terms: Terms, nowMs: number): void {
    const credits = this.#credits.end(`${run}/${period}`);
    const due: DueLine[] = [...credits].map(([participant, { work, audit }]) => ({
      participant: participant as ActorId,
      work: work.toString(),
      audit: audit.toString(),
    }));
    const { work, audit } = divided(BigInt(pool), terms.workShareBps, due);
    const payouts = new Map<string, bigint>();
    for (const line of due) {
      const id = line.participant;
      const share =
        shareOf(work, { id, weight: BigInt(line.work) }) +
        shareOf(audit, { id, weight: BigInt(line.audit) });
      if (share === 0n) continue;
      payouts.set(id, share);
      this.of(id).paid += share;
    }
    this.#vault.pay(run, period, payouts, terms.vesting ?? null, nowMs);
    this.periods.push({ run, period, pool: BigInt(pool), payouts });
  }
}
