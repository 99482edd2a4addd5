/** Opening the ledger and adopting policies. */
import type { ActorId } from '../../events/ids.ts';
import type { Books, Policy } from '../../projections/books.ts';
import { policyOffered } from '../../projections/ledger.ts';
import { RULES } from '../opening.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';

function openingProblem(books: Books, actor: ActorId, authority: ActorId): Refusal | null {
  if (books.ledger.authority !== null)
    return refuse('ledger_already_open', `opened by ${books.ledger.authority}`);
  return actor === authority
    ? null
    : refuse('not_authorised', 'the key that opens a ledger is its authority');
}

export const openLedger: Guard<'daybook.ledger.opened.v1'> = (books, { actor, fact }) =>
  openingProblem(books, actor, fact.data.authority);

export const openLedgerWithRules: Guard<'daybook.ledger.opened.v2'> = (books, { actor, fact }) =>
  openingProblem(books, actor, fact.data.authority) ??
  (fact.data.rules <= RULES
    ? null
    : refuse('rules_unknown', `rules ${fact.data.rules}; this version knows them up to ${RULES}`));

export const adoptPolicy: Guard<'daybook.policy.adopted.v1'> = (books, { fact: { data } }) =>
  adoptionProblem(books, data);

export const adoptPolicyWithDisputes: Guard<'daybook.policy.adopted.v2'> = (
  books,
  { fact: { data } },
) => adoptionProblem(books, data);

export const adoptNetworkPolicy: Guard<'daybook.policy.adopted.v3'> = (books, { fact: { data } }) =>
  adoptionProblem(books, policyOffered(data));

/** Where a network is founded, its council adopts policies and the operator no longer does. */
const adoptionProblem = (books: Books, policy: Policy): Refusal | null =>
  books.network === undefined
    ? policyProblem(books, policy)
    : refuse('governance_decides', `the council of ${books.network.network} does`);

/** What every policy must be, however it comes into force. */
export function policyProblem(books: Books, data: Policy): Refusal | null {
  const expected = (books.policy?.revision ?? 0) + 1;
  if (data.revision !== expected)
    return refuse('policy_revision_out_of_step', `revision ${expected} is next`);
  const { liveness, validation, promotion, dispute, ladder, governance, environment, mesh } = data;
  const contradictions: [boolean, string][] = [
    [liveness.staleAfterMs <= liveness.heartbeatMs, 'staleAfterMs must exceed heartbeatMs'],
    [liveness.expireAfterMs <= liveness.staleAfterMs, 'expireAfterMs must exceed staleAfterMs'],
    [liveness.leaseMs <= liveness.renewBeforeMs, 'leaseMs must exceed renewBeforeMs'],
    [
      liveness.renewBeforeMs <= liveness.heartbeatMs,
      'renewBeforeMs must exceed heartbeatMs, or no heartbeat renews a lease',
    ],
    [validation.quorum > validation.panelSize, 'quorum must not exceed panelSize'],
    [
      promotion.rejectGainBps >= promotion.acceptGainBps,
      'rejectGainBps must be below acceptGainBps',
    ],
    [
      dispute !== undefined && dispute.quorum > dispute.panelSize,
      'the quorum of referees must not exceed their panelSize',
    ],
    [
      ladder !== undefined && ladder.quorum > ladder.panelSize,
      'the quorum of an appeal must not exceed its panelSize',
    ],
    [
      books.network !== undefined && governance === undefined,
      'a network keeps terms by which its terms are changed',
    ],
    [
      environment !== undefined && !environment.computeClasses.includes('exact'),
      'without the exact class nobody can validate',
    ],
    [
      mesh !== undefined && mesh.freshMs <= liveness.heartbeatMs,
      'freshMs must exceed heartbeatMs, or nobody is fresh',
    ],
    [
      data.admission !== undefined && mesh === undefined,
      'stages bound the slots of a selection: admission needs mesh terms',
    ],
  ];
  const found = contradictions.find(([holds]) => holds);
  return found === undefined ? null : refuse('policy_inconsistent', found[1]);
}
