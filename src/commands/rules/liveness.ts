/**
 * Liveness: silence makes a participant stale, then expired; the end of its lease makes its work
 * available to others. A draining participant is out once it holds nothing, or when its time is up.
 */
import type { EventOf, Fact } from '../../events/catalogue.ts';
import type { Books, Member } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { holdsWork } from './eligibility.ts';
import type { Timer } from './rule.ts';
import { fact } from './rule.ts';

export function* livenessTimers(books: Books): Iterable<Timer> {
  if (books.policy === null) return;
  const { liveness } = books.policy;
  for (const member of Object.values(books.members)) {
    const { participant, session, lastHeardMs, leaseUntilMs } = member;
    if (leaseUntilMs === null) continue;
    if (member.status === 'alive')
      yield once(
        lastHeardMs + liveness.staleAfterMs,
        fact('daybook.participant.staled.v1', { participant, session, lastHeardMs }),
      );
    if (member.status === 'stale')
      yield once(
        lastHeardMs + liveness.expireAfterMs,
        fact('daybook.participant.expired.v1', { participant, session, lastHeardMs }),
      );
    if (member.status === 'draining')
      yield once(
        holdsWork(books, participant) ? must(member.drainUntilMs, 'drain end') : 0,
        fact('daybook.participant.drained.v1', { participant, session }),
      );
    else yield once(leaseUntilMs, fact('daybook.lease.ended.v1', { participant, session }));
  }
}

const once = (dueMs: number, what: Fact): Timer => ({ dueMs, fire: () => [what] });

export function grantLease(
  books: Books,
  event: EventOf<'daybook.participant.joined.v1'>,
  nowMs: number,
): Fact[] {
  const { participant, session } = event.data;
  const untilMs = nowMs + must(books.policy, 'policy').liveness.leaseMs;
  const granted = fact('daybook.lease.granted.v1', { participant, session, untilMs });
  return session === 1
    ? [granted]
    : [
        fact('daybook.participant.rejoined.v1', { participant, session, previous: session - 1 }),
        granted,
      ];
}

export function renewLease(
  books: Books,
  event: EventOf<'daybook.participant.heartbeated.v1'>,
  nowMs: number,
): Fact[] {
  const member = must(books.members[event.data.participant], 'member') as Member;
  const { liveness } = must(books.policy, 'policy');
  // A draining participant keeps its end: heartbeats do not postpone it.
  if (member.status === 'draining') return [];
  if (must(member.leaseUntilMs, 'lease') - nowMs > liveness.renewBeforeMs) return [];
  const { participant, session } = event.data;
  return [
    fact('daybook.lease.renewed.v1', { participant, session, untilMs: nowMs + liveness.leaseMs }),
  ];
}
