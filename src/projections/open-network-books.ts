/** The books of an open network: each is absent until what it is about first happens. */
import type { NetworkBook } from './network-book.ts';
import type { ClosingBook, CorrectionBook, RingBook } from './payout-book.ts';
import type { Capability, IdentityBook, OfferBook, StakeBook } from './registry-book.ts';

export interface OpenNetworkBooks {
  network?: NetworkBook;
  /** Payouts that are not claimable yet, by run. */
  rings?: Record<string, RingBook>;
  /** Payouts that are being posted in parts, by run. */
  closings?: Record<string, ClosingBook>;
  /** Where exports of payouts go, by participant. */
  addresses?: Record<string, string>;
  /** By their names. */
  corrections?: Record<string, CorrectionBook>;
  /** Keys and owners. */
  identity?: IdentityBook;
  stakes?: StakeBook;
  /** By participant. */
  capabilities?: Record<string, Capability>;
  /** By run that looks for participants. */
  offers?: Record<string, OfferBook>;
}
