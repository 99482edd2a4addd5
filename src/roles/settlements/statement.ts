/**
 * The statement of a settlement: all payouts under its root, and the settlement as its authority
 * signed it, in one JSON file. Whoever has it needs neither the ledger nor this program's word.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { sum } from '../../events/catalogue/payout.ts';
import { actorId, firstProblem, list, object, oneOf } from '../../events/codecs.ts';
import type { ProofError } from '../../events/proof-text.ts';
import { cumulativeRoot } from '../../commands/rules/money/settlement.ts';
import type { SignedTree } from '../proofs/signed-tree.ts';
import type { Settlement } from './published.ts';
import type { ProvenSettlement } from './signed.ts';
import { malformed, signedOf, signedSettlement, verifySigned, wrong } from './signed.ts';

export const STATEMENT = 'daybook.local/settlement@v1';

const statement = object({
  format: oneOf(STATEMENT),
  payouts: list(object({ participant: actorId, cumulative: sum }), 1_000_000),
  settlement: signedSettlement,
});
export type SettlementStatement = (typeof statement)['_A'];

export const statementOf = (tree: SignedTree, settlement: Settlement): SettlementStatement => ({
  format: STATEMENT,
  payouts: settlement.payouts,
  settlement: signedOf(tree, settlement),
});

export interface ProvenStatement extends ProvenSettlement {
  readonly statement: SettlementStatement;
}

/** @param value of hostile JSON */
export function verifyStatement(
  verifierKey: string,
  value: unknown,
): Either<ProofError, ProvenStatement> {
  const decoded = statement.decode(value);
  if (E.isLeft(decoded)) return malformed(firstProblem(decoded.left));
  const settlement = verifySigned(verifierKey, decoded.right.settlement);
  if (E.isLeft(settlement)) return settlement;
  const { payouts } = decoded.right;
  const { participants, total, root } = settlement.right.event.data;
  const paid = payouts.reduce((all, { cumulative }) => all + BigInt(cumulative), 0n);
  if (payouts.length !== participants || paid.toString() !== total)
    return wrong(
      `${payouts.length} payouts of ${paid}, the settlement has ${participants} of ${total}`,
    );
  if (cumulativeRoot(payouts) !== root)
    return wrong("the payouts do not give the settlement's root");
  return E.right({ ...settlement.right, statement: decoded.right });
}
