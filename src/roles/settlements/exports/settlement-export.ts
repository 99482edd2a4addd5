/**
 * The port through which a settlement leaves for another system: one adapter a destination, each a
 * pure function of the ledger up to the settlement. An adapter that cannot say everything says
 * nothing: it refuses, with a code.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { SignedTree } from '../../proofs/signed-tree.ts';
import type { Settlement } from '../published.ts';

export const EXPORT_REFUSALS = {
  address_unknown:
    'A payout has nowhere to go: its participant names an address with `daybook payout address`.',
  nothing_claimable: 'Nobody has anything to claim at this settlement; a later one may differ.',
} as const;
export type ExportRefusalCode = keyof typeof EXPORT_REFUSALS;

export interface ExportRefusal {
  readonly code: ExportRefusalCode;
  readonly message: string;
}

export interface ExportInput {
  readonly settlement: Settlement;
  /** Of all entries, under a signed head that counts the settlement's. */
  readonly tree: SignedTree;
}

export interface SettlementExport {
  readonly name: string;
  /** For people: what comes out. */
  readonly doc: string;
  /** The whole file. */
  readonly write: (input: ExportInput) => Either<ExportRefusal, string>;
}
