/**
 * The port through which a settlement leaves for another system: one adapter a destination, each a
 * pure function of the ledger up to the settlement. An adapter that cannot say everything says
 * nothing: it refuses, with a code.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { ExportRefusal } from '../../exports/refusal.ts';
import type { SignedTree } from '../../proofs/signed-tree.ts';
import type { Settlement } from '../published.ts';

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
