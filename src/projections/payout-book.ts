/** Payouts on their way: vesting rings, closes in parts, and corrections. Amounts are decimal strings. */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';

export type Division = DataOfType<'daybook.period.closing.v1'>['work'];
export type PayoutCause = DataOfType<'daybook.payout.listed.v1'>['cause'];

/**
 * A run's payouts that are not claimable yet: of period p they are in bucket p modulo `size`, for each
 * participant on the account `vesting/<run>/<participant>/<bucket>`. The close of a later period that
 * falls on the same bucket makes them claimable before it puts its own there.
 */
export interface RingBook {
  /** Of the terms under which the run closed its first period; so is `turnMs`. 0: nothing vests. */
  readonly size: number;
  readonly turnMs: number;
  /** When it last turned: at the settlement before this one. */
  turnedMs: number;
  buckets: (Bucket | null)[];
}

export interface Bucket {
  readonly period: number;
  /** Of the entry that filled it: a later one is newer, whatever the run. */
  readonly sequence: number;
}

/** Payouts that are being posted, part by part, in the order of their participants' ids. */
export interface ClosingBook {
  readonly run: string;
  readonly period: number;
  /** Of the entry that began it. */
  readonly sequence: number;
  readonly cause: PayoutCause;
  readonly throughWindow: number;
  readonly pool: string;
  /** How the pool was divided; null where there is none. */
  readonly work: Division | null;
  readonly audit: Division | null;
  /** Number of the bucket that vests, before its new content arrives; null: none. */
  readonly vests: number | null;
  /** Credits as they were when the pool was divided. */
  readonly due: readonly DueLine[];
  /** How many of `due` are posted, in how many parts, when the last, and what they got of the pool. */
  posted: number;
  parts: number;
  postedMs: number;
  paid: string;
}

export interface DueLine {
  readonly participant: ActorId;
  readonly work: string;
  readonly audit: string;
}

export interface CorrectionBook {
  readonly sequence: number;
  readonly participant: ActorId;
  readonly original: string;
  readonly effect: 'give' | 'take';
  readonly amount: string;
}
