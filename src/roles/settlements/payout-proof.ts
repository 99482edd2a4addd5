/**
 * What one participant may have claimed in all, provable to somebody without the ledger: a JSON file
 * with the leaf, its path to the root of a settlement, and that settlement as its authority signed it.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { sum } from '../../events/catalogue/payout.ts';
import { actorId, firstProblem, hex32, integer, list, object, oneOf } from '../../events/codecs.ts';
import {
  inclusionProof,
  MAX_PROOF_HASHES,
  subtreesOf,
  verifyInclusion,
} from '../../events/proofs.ts';
import type { ProofError } from '../../events/proof-text.ts';
import { payoutLeaf } from '../../commands/rules/money/settlement.ts';
import type { SignedTree } from '../proofs/signed-tree.ts';
import type { Settlement } from './published.ts';
import type { ProvenSettlement } from './signed.ts';
import { malformed, signedOf, signedSettlement, verifySigned, wrong } from './signed.ts';

export const PAYOUT_PROOF = 'daybook.local/payout-proof@v1';

export const payoutProof = object({
  format: oneOf(PAYOUT_PROOF),
  participant: actorId,
  /** Micro-units. */
  cumulative: sum,
  /** Of the leaf {cumulative, participant} in the settlement's tree. */
  index: integer(0, 1_000_000),
  /** From the leaf's sibling up. */
  path: list(hex32, MAX_PROOF_HASHES),
  settlement: signedSettlement,
});
export type PayoutProof = (typeof payoutProof)['_A'];

/** Null: the participant had nothing to claim. */
export function provePayout(
  tree: SignedTree,
  settlement: Settlement,
  participant: string,
): PayoutProof | null {
  const { payouts } = settlement;
  const index = payouts.findIndex((leaf) => leaf.participant === participant);
  const leaf = payouts[index];
  if (leaf === undefined) return null;
  const path = inclusionProof(index, payouts.length, subtreesOf(payouts.map(payoutLeaf)));
  return {
    format: PAYOUT_PROOF,
    ...leaf,
    index,
    path: path.map((hash) => Buffer.from(hash).toString('hex')),
    settlement: signedOf(tree, settlement),
  };
}

export interface ProvenPayout extends ProvenSettlement {
  readonly proof: PayoutProof;
}

/** @param value of hostile JSON */
export function verifyPayoutProof(
  verifierKey: string,
  value: unknown,
): Either<ProofError, ProvenPayout> {
  const decoded = payoutProof.decode(value);
  if (E.isLeft(decoded)) return malformed(firstProblem(decoded.left));
  const proof = decoded.right;
  const settlement = verifySigned(verifierKey, proof.settlement);
  if (E.isLeft(settlement)) return settlement;
  const { participants, root } = settlement.right.event.data;
  const path = proof.path.map((hash) => Buffer.from(hash, 'hex'));
  const rootHash = Buffer.from(root, 'hex');
  return verifyInclusion(payoutLeaf(proof), proof.index, participants, path, rootHash)
    ? E.right({ ...settlement.right, proof })
    : wrong(`the path does not lead from this payout at ${proof.index} to the settlement's root`);
}
