/** Opening the ledger and adopting policies. */
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';

export const openLedger: Guard<'daybook.ledger.opened.v1'> = (books, { actor, fact }) => {
  if (books.ledger.authority !== null)
    return refuse('ledger_already_open', `opened by ${books.ledger.authority}`);
  return actor === fact.data.authority
    ? null
    : refuse('not_authorised', 'the key that opens a ledger is its authority');
};

export const adoptPolicy: Guard<'daybook.policy.adopted.v1'> = (books, { fact: { data } }) => {
  const expected = (books.policy?.revision ?? 0) + 1;
  if (data.revision !== expected)
    return refuse('policy_revision_out_of_step', `revision ${expected} is next`);
  const { liveness, validation, promotion } = data;
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
  ];
  const found = contradictions.find(([holds]) => holds);
  return found === undefined ? null : refuse('policy_inconsistent', found[1]);
};
