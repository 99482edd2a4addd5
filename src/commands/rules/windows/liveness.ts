/**
 * Liveness: silence makes a participant stale, then expired; the end of its lease makes its work
 * available to others. A draining participant is out once it holds nothing, or when its time is up.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { Books, Member } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import { holdsWork } from './eligibility.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Of the members named, in their order. */
export function* livenessTimers(books: Books, names: readonly string[]): Iterable<Timer> {
  for (const name of names) {
    const member = must(books.members[name], 'member');
    const { participant, session, lastHeardMs } = member;
    const { silenceMs, endMs } = timesOf(books, member);
    if (member.status === 'alive')
      yield once(
        silenceMs,
        fact('daybook.participant.staled.v1', { participant, session, lastHeardMs }),
      );
    if (member.status === 'stale')
      yield once(
        silenceMs,
        fact('daybook.participant.expired.v1', { participant, session, lastHeardMs }),
      );
    if (member.status === 'draining')
      yield once(endMs, fact('daybook.participant.drained.v1', { participant, session }));
    else yield once(endMs, fact('daybook.lease.ended.v1', { participant, session }));
  }
}

const once = (dueMs: number, what: Fact): Timer => ({ dueMs, fire: () => [what] });

/** When silence has its next consequence, and when the lease or the draining ends. */
function timesOf(books: Books, member: Member): { silenceMs: number; endMs: number } {
  const { status, lastHeardMs, leaseUntilMs } = member;
  if (books.policy === null || leaseUntilMs === null)
    return { silenceMs: Infinity, endMs: Infinity };
  const { staleAfterMs, expireAfterMs } = books.policy.liveness;
  if (status === 'draining') {
    const isBusy = holdsWork(books, member.participant);
    return { silenceMs: Infinity, endMs: isBusy ? must(member.drainUntilMs, 'drain end') : 0 };
  }
  const silenceMs =
    status === 'alive'
      ? lastHeardMs + staleAfterMs
      : status === 'stale'
        ? lastHeardMs + expireAfterMs
        : Infinity;
  return { silenceMs, endMs: leaseUntilMs };
}

/** When time next has something to say about a member; Infinity: never. */
export function livenessDueMs(books: Books, member: Member): number {
  const { silenceMs, endMs } = timesOf(books, member);
  return Math.min(silenceMs, endMs);
}

/**
 * Members that a tick at this time can concern, in their order; the same before and after whatever
 * else the tick does. Others' time comes from events about themselves only, but a draining member is
 * out as soon as it holds nothing, and what it holds changes with the windows.
 */
export function livenessCandidates(books: Books, nowMs: number): string[] {
  const names: string[] = [];
  for (const member of Object.values(books.members))
    if (member.status === 'draining' || livenessDueMs(books, member) <= nowMs)
      names.push(member.participant);
  return names;
}

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
