/** Admission, sessions, heartbeats, departures. */
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
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
  const most = books.policy.mesh === undefined ? PARTICIPANTS_MAX : MESH_PARTICIPANTS_MAX;
  return Object.keys(books.members).length < most
    ? roleProblem(books, data.role)
    : refuse('participants_full', `${most} are admitted`);
};

export const join: Guard<'daybook.participant.joined.v1'> = (books, { actor, fact: { data } }) => {
  if (data.participant !== actor) return refuse('not_authorised', 'a node joins for itself');
  // Verdicts and held-out losses must come out equal: only exact kernels give that everywhere.
  if (books.members[actor]?.role === 'validator' && data.computeClass !== 'exact')
    return refuse('compute_class_mismatch', 'validators recompute in the exact class');
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
