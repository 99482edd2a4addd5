/** Admission, sessions, heartbeats, departures. */
import type { ActorId } from '../../events/ids.ts';
import type { Books, Member } from '../../projections/books.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { environmentProblem } from './environment.ts';
import type { Guard } from './guard.ts';
import { roleProblem } from './network.ts';
import { shrinkProblem } from './mesh.ts';

/** As many as one settlement, one standby list and one journal can name. */
export const PARTICIPANTS_MAX = 800;
/** Under mesh terms, where the draw names a bounded number of them. */
export const MESH_PARTICIPANTS_MAX = 20_000;

export const admit: Guard<'daybook.participant.admitted.v1'> = (books, { fact: { data } }) => {
  if (books.policy === null) return refuse('no_policy', 'leases and stakes come from the policy');
  if (books.members[data.participant] !== undefined)
    return refuse('participant_already_admitted', data.participant);
  return membersProblem(books, data.role) ?? roleProblem(books, data.role);
};

/** Validators are all named in one entry when they are called to aggregate, whatever the terms. */
export function membersProblem(
  { policy, headcount, members }: Books,
  role: Member['role'],
): Refusal | null {
  if (policy?.mesh === undefined || headcount === undefined)
    return Object.keys(members).length < PARTICIPANTS_MAX
      ? null
      : refuse('participants_full', `${PARTICIPANTS_MAX} are admitted`);
  if (role === 'validator' && headcount.validator.admitted >= PARTICIPANTS_MAX)
    return refuse('participants_full', `${PARTICIPANTS_MAX} validators are admitted`);
  return headcount.worker.admitted + headcount.validator.admitted < MESH_PARTICIPANTS_MAX
    ? null
    : refuse('participants_full', `${MESH_PARTICIPANTS_MAX} are admitted`);
}

/** Verdicts and held-out losses must come out equal: only exact kernels give that everywhere. */
export const classProblem = (
  role: Member['role'],
  computeClass: 'exact' | 'tolerant',
): Refusal | null =>
  role === 'validator' && computeClass !== 'exact'
    ? refuse('compute_class_mismatch', 'validators recompute in the exact class')
    : null;

export const join: Guard<'daybook.participant.joined.v1'> = (books, { actor, fact: { data } }) => {
  if (data.participant !== actor) return refuse('not_authorised', 'a node joins for itself');
  const { role = 'worker' } = books.members[actor] ?? {};
  const mismatch = classProblem(role, data.computeClass);
  if (mismatch !== null) return mismatch;
  const next = (books.members[actor]?.session ?? 0) + 1;
  return data.session === next
    ? environmentProblem(books, data)
    : refuse('session_out_of_step', `session ${next} is next, not ${data.session}`);
};

interface OfSession {
  readonly participant: ActorId;
  readonly session: number;
}

const inSession = (books: Books, actor: ActorId, data: OfSession): Refusal | null =>
  data.participant === actor
    ? sessionProblem(books, actor, data.session)
    : refuse('not_authorised', 'a node speaks for itself');

export const heartbeat: Guard<'daybook.participant.heartbeated.v1'> = (books, command) =>
  inSession(books, command.actor, command.fact.data);

export const drain: Guard<'daybook.participant.draining.v1'> = (books, command) =>
  inSession(books, command.actor, command.fact.data) ?? shrinkProblem(books, command.actor);

export const leave: Guard<'daybook.participant.left.v1'> = (books, command) =>
  inSession(books, command.actor, command.fact.data);

/** Why this session may not act; null while it holds a lease and is the participant's last one. */
export function sessionProblem(books: Books, actor: ActorId, session: number): Refusal | null {
  const member = books.members[actor];
  if (member === undefined) return refuse('participant_unknown', actor);
  if (member.session !== session)
    return refuse('session_over', `the current session is ${member.session}, not ${session}`);
  if (member.leaseUntilMs === null || member.status === 'expired')
    return refuse('session_over', `session ${session} is ${member.status}`);
  return null;
}
