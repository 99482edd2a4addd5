/**
 * Who may register, and whose word replaces a key or puts an identity out. The actor of a command is
 * here already the participant whose key signed it (decide.ts); a recovery key is nobody's and stands
 * for itself.
 */
import type { DataOfType } from '../../events/catalogue.ts';
import type { ActorId } from '../../events/ids.ts';
import { consents } from '../../events/key-consent.ts';
import type { Books, Member } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { escrowBalance, leastStake } from '../../projections/stakes.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { walletOf } from '../rules/money/accounts.ts';
import type { Guard } from './guard.ts';
import { membersProblem } from './participants.ts';

/** Who is registered at once without anything in escrow. */
export const UNFUNDED_MAX = 128;
/** Keys of an identity that are remembered for ever. */
const ROTATIONS_MAX = 64;

/** Of this ledger's registry, now or before: keys must not be locked in by a policy without terms. */
const notOffered = (books: Books): Refusal | null =>
  books.policy?.registry === undefined && books.identity === undefined
    ? refuse('registry_not_offered', 'the policy has no terms for it')
    : null;

export const termsProblem = (books: Books): Refusal | null =>
  books.policy?.registry === undefined
    ? refuse('registry_not_offered', 'the policy has no terms for it')
    : null;

export const invite: Guard<'daybook.identity.invited.v1'> = (books, { fact: { data } }) => {
  const problem = termsProblem(books);
  if (problem !== null) return problem;
  if (books.identity?.invitations[data.invitation] !== undefined)
    return refuse('invitation_already_made', data.invitation);
  if (data.sponsor !== null && books.members[data.sponsor] === undefined)
    return refuse('participant_unknown', data.sponsor);
  return keyTaken(books, data.key);
};

export const register: Guard<'daybook.identity.registered.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = termsProblem(books);
  if (problem !== null) return problem;
  const { participant, role, recoveryKey } = data;
  if (participant !== actor) return refuse('not_authorised', 'a key registers itself');
  if ((books.identity?.identities[participant]?.recoveryKey ?? null) !== null)
    return refuse('already_registered', participant);
  const member = books.members[participant];
  if (member !== undefined && member.role !== role)
    return refuse('not_authorised', `it was admitted as a ${member.role}`);
  return (
    (member === undefined ? newcomerProblem(books, data) : null) ??
    recoveryProblem(books, participant, recoveryKey, data.recoveryConsent)
  );
};

/** Whoever the operator has admitted needs nothing more in any posture. */
function newcomerProblem(
  books: Books,
  { participant, role, invitation }: DataOfType<'daybook.identity.registered.v1'>,
): Refusal | null {
  const full = membersProblem(books, role);
  if (full !== null) return full;
  const posture = books.policy?.registry?.posture;
  if (posture === 'curated')
    return refuse('admission_needed', 'the operator admits each participant');
  if (posture === 'permissioned' && invitation === null)
    return refuse('invitation_needed', 'the operator invites each participant');
  return (
    keyTaken(books, participant) ??
    crowdProblem(books, participant, role) ??
    (invitation === null ? null : invitationProblem(books, participant, invitation))
  );
}

/** Places are few and registering is free: not all of them go to those who bring nothing. */
function crowdProblem(books: Books, participant: ActorId, role: Member['role']): Refusal | null {
  const brought = balanceOf(books, 'micro', walletOf(participant));
  if (brought >= leastStake(books.policy, role)) return null;
  const waiting = Object.entries(books.identity?.identities ?? {}).filter(
    ([one, { revoked }]) => revoked === undefined && escrowBalance(books, one as ActorId) === 0n,
  );
  return waiting.length < UNFUNDED_MAX
    ? null
    : refuse('registrations_full', `${UNFUNDED_MAX} wait without stake; deposit first`);
}

function invitationProblem(books: Books, key: ActorId, name: string): Refusal | null {
  const invitation = books.identity?.invitations[name];
  if (invitation === undefined || invitation.key !== key)
    return refuse('invitation_not_valid', `${name} does not invite this key`);
  if (invitation.used === true) return refuse('invitation_not_valid', `${name} was used`);
  return books.ledger.clockMs > invitation.untilMs
    ? refuse('invitation_not_valid', `${name} is over`)
    : null;
}

/** A key speaks for one party only, and a key that may replace others' speaks for none. */
export function keyTaken(books: Books, key: ActorId): Refusal | null {
  const { authority, operator } = books.ledger;
  const taken =
    key === authority ||
    key === operator ||
    books.members[key] !== undefined ||
    books.identity?.keys[key] !== undefined ||
    books.identity?.signs[`recovery_key/${key}`] !== undefined;
  return taken ? refuse('key_taken', key) : null;
}

function recoveryProblem(
  books: Books,
  participant: ActorId,
  key: ActorId,
  consent: string,
): Refusal | null {
  const { authority, operator } = books.ledger;
  const speaks =
    key === participant ||
    key === authority ||
    key === operator ||
    books.members[key] !== undefined ||
    books.identity?.keys[key] !== undefined;
  if (speaks) return refuse('key_taken', `${key} speaks for somebody already`);
  return consents(key, consent, books.ledger, participant, 'recovery')
    ? null
    : refuse('consent_missing', `${key} did not agree to be the recovery key`);
}

/** Who keeps the ledger does so by the key that the ledger was opened with. */
function officeProblem(books: Books, participant: ActorId): Refusal | null {
  const { authority, operator } = books.ledger;
  return participant === authority || participant === operator
    ? refuse('not_authorised', 'the keys of authority and operator stay')
    : null;
}

export const rotate: Guard<'daybook.identity.rotated.v1'> = (books, { actor, fact: { data } }) => {
  const problem = notOffered(books) ?? officeProblem(books, data.participant);
  if (problem !== null) return problem;
  const { participant, key, recovery } = data;
  if (books.members[participant] === undefined) return refuse('participant_unknown', participant);
  const identity = books.identity?.identities[participant];
  if (identity?.revoked !== undefined) return refuse('key_revoked', participant);
  if (actor !== participant && actor !== identity?.recoveryKey)
    return refuse('not_authorised', 'neither the key in force nor the recovery key');
  if ((identity?.rotations ?? 0) >= ROTATIONS_MAX)
    return refuse('rotations_full', `${ROTATIONS_MAX} keys were replaced`);
  if (recovery?.key === key) return refuse('key_taken', 'a key cannot replace itself');
  if (!consents(key, data.consent, books.ledger, participant, 'key'))
    return refuse('consent_missing', `${key} did not agree to speak for this identity`);
  return (
    keyTaken(books, key) ??
    (recovery === null ? null : recoveryProblem(books, participant, recovery.key, recovery.consent))
  );
};

export const revoke: Guard<'daybook.identity.revoked.v1'> = (books, { actor, fact: { data } }) => {
  const problem = notOffered(books) ?? officeProblem(books, data.participant);
  if (problem !== null) return problem;
  if (books.members[data.participant] === undefined)
    return refuse('participant_unknown', data.participant);
  const identity = books.identity?.identities[data.participant];
  if (identity?.revoked !== undefined) return refuse('key_revoked', data.participant);
  return actor === books.ledger.operator || actor === identity?.recoveryKey
    ? null
    : refuse('not_authorised', 'neither the operator nor the recovery key');
};
