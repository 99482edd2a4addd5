/** The membership book: who may take part, who is alive, who is out, until when. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Books, Member } from './books.ts';
import { byName, must } from './books.ts';
import { restoreStage } from './standing.ts';

type MemberEvent = EventOfFamily<'participant' | 'lease'>;

export const newMember = (participant: ActorId, role: Member['role'], name: string): Member => ({
  participant,
  role,
  name,
  status: 'admitted',
  session: 0,
  computeClass: null,
  backend: null,
  lastHeardMs: 0,
  leaseUntilMs: null,
  drainUntilMs: null,
  quarantine: byName(),
  accepted: 0,
  rejected: 0,
});

export function foldMember(books: Books, event: MemberEvent): void {
  if (event.type === 'daybook.participant.admitted.v1') {
    const { participant, role, name } = event.data;
    books.members[participant] = newMember(participant, role, name);
    return;
  }
  const member = must(books.members[event.data.participant], `member ${event.data.participant}`);
  const nowMs = books.ledger.clockMs;
  switch (event.type) {
    case 'daybook.participant.joined.v1':
      member.session = event.data.session;
      member.computeClass = event.data.computeClass;
      member.backend = event.data.backend;
      member.status = 'alive';
      member.lastHeardMs = nowMs;
      member.drainUntilMs = null;
      if (books.policy?.mesh !== undefined) member.since ??= event.sequence;
      return;
    case 'daybook.lease.granted.v1':
    case 'daybook.lease.renewed.v1':
      member.leaseUntilMs = event.data.untilMs;
      return;
    case 'daybook.participant.heartbeated.v1':
      member.lastHeardMs = nowMs;
      if (member.status === 'stale') member.status = 'alive';
      return;
    case 'daybook.participant.staled.v1':
      member.status = 'stale';
      return;
    case 'daybook.participant.expired.v1':
      member.status = 'expired';
      return;
    case 'daybook.lease.ended.v1':
    case 'daybook.participant.drained.v1':
    case 'daybook.participant.left.v1':
      departed(member);
      return;
    case 'daybook.participant.draining.v1':
      // Said again, it postpones nothing.
      if (member.status === 'draining') return;
      member.status = 'draining';
      member.drainUntilMs = nowMs + must(books.policy, 'policy').liveness.drainMs;
      return;
    case 'daybook.participant.quarantined.v1':
      member.quarantine[event.data.run] = event.data.untilWindow;
      return;
    case 'daybook.participant.reinstated.v1':
      delete member.quarantine[event.data.run];
      restoreStage(member);
      return;
    case 'daybook.participant.rejoined.v1':
    case 'daybook.participant.replaced.v1':
      return;
    default:
      event satisfies never;
  }
}

/** Its session is over, and with it its lease. */
export function departed(member: Member): void {
  member.status = 'departed';
  member.leaseUntilMs = null;
  member.drainUntilMs = null;
}
