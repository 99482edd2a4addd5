/** What may be said of offences: evidence that holds, appeals, votes on them. */
import { must } from '../../projections/books.ts';
import type { OffenceKind } from '../../projections/offence-book.ts';
import { findOffence } from '../../projections/offences.ts';
import { balanceOf } from '../../projections/balances.ts';
import { accusedOf, offenceShown } from '../evidence.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { escrowOf } from '../rules/money/accounts.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

/** An entry with its envelope must fit its bound, however much of the text JSON escapes. */
const TEXT_BYTES_MAX = 192 * 1024;

export const submitEvidence: Guard<'daybook.evidence.submitted.v1'> = (
  books,
  { fact: { data } },
) => {
  if (books.policy?.ladder === undefined) return notOffered();
  if (Buffer.byteLength(JSON.stringify(data.text)) > TEXT_BYTES_MAX)
    return refuse('evidence_does_not_hold', `it may take ${TEXT_BYTES_MAX} bytes at most`);
  const accused = accusedOf(books, data);
  if (accused === null)
    return refuse('evidence_does_not_hold', 'it convicts nobody who has a part in this ledger');
  const known = (books.offences?.[accused] ?? []).filter(({ kind }) => CONVICTIONS.includes(kind));
  if (known.some(({ offence }) => offence === offenceShown(accused, data)))
    return refuse('evidence_known', 'it is on record');
  // So that nobody can fill the ledger with what a key of its own has signed.
  if (known.some(({ state }) => state === 'standing' || state === 'appealed'))
    return refuse('evidence_known', `${accused} is convicted, and may still appeal that`);
  return known.length < CONVICTIONS_MAX
    ? null
    : refuse('evidence_known', `${accused} is convicted ${CONVICTIONS_MAX} times`);
};

const CONVICTIONS: readonly string[] = ['equivocation', 'forked_ledger'] satisfies OffenceKind[];
/** Of one key, all of which stay in the books: nobody is tried twice for the same. */
const CONVICTIONS_MAX = 64;

const notOffered = (): Refusal =>
  refuse('appeals_not_offered', 'the policy has no terms for offences and appeals');

export const fileAppeal: Guard<'daybook.appeal.filed.v1'> = (books, { actor, fact: { data } }) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  if (books.policy?.ladder === undefined) return notOffered();
  const offence = findOffence(books, actor, data.offence);
  if (offence === undefined) return refuse('offence_unknown', 'you are not found to have done it');
  if (offence.state === 'appealed') return refuse('appeal_already_filed', data.offence);
  if (offence.state === 'overturned') return refuse('nothing_to_appeal', 'it is overturned');
  const until = books.settling?.find((one) => one.offence === data.offence)?.untilMs;
  if (until === undefined || offence.state === 'final')
    return refuse('nothing_to_appeal', 'it is a warning, or its time is over');
  if (books.ledger.clockMs > until)
    return refuse('nothing_to_appeal', 'the time to appeal is over');
  const { bond } = must(books.policy.ladder, 'ladder terms');
  const escrow = balanceOf(books, 'micro', escrowOf(actor));
  return escrow < BigInt(bond)
    ? refuse('bond_not_covered', `the bond is ${bond}, the escrow holds ${escrow}`)
    : null;
};

export const voteOnAppeal: Guard<'daybook.appeal.voted.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const appeal = books.appeals?.[data.offence];
  if (appeal === undefined) return refuse('appeal_not_open', data.offence);
  if (!appeal.panel.includes(actor))
    return refuse('not_on_panel', 'this validator was not called to hear the appeal');
  return appeal.votes.some(({ validator }) => validator === actor)
    ? refuse('verdict_already_recorded', 'a member of the panel votes once')
    : null;
};
