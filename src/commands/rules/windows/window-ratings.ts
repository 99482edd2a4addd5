/**
 * What a window says about its contributors: accepted above quarantined above rejected, and below
 * them who was given work and committed to nothing. Of several contributions the worst counts.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books, WindowBook } from '../../../projections/books.ts';
import { must, policyOf, windowKey } from '../../../projections/books.ts';
import { FIRST_RATING, rated } from '../../rating.ts';
import { fact } from '../rule.ts';

/** As many as one entry names; everybody is rated together all the same. */
const RATINGS_PER_ENTRY = 1024;

const OUTCOMES = { accepted: 0, quarantined: 1, replay_required: 1, rejected: 2 } as const;
const NOTHING = 3;

function outcomeOf({ disposition, dispute, submission, state }: Assignment): number {
  if (submission === null || state === 'superseded' || disposition === null) return NOTHING;
  return dispute === 'claimant_right' ? OUTCOMES.accepted : OUTCOMES[disposition];
}

/** Higher is better; orders those whose contributions were accepted. */
export type ScoreOf = (participant: ActorId) => bigint;

interface Placed {
  readonly participant: ActorId;
  readonly rank: number;
}

/** Places, 0 the best, equal ones ties; in ascending order of participants. */
export function placesOf(window: WindowBook, scoreOf: ScoreOf = () => 0n): Placed[] {
  const worst = new Map<ActorId, number>();
  for (const assignment of Object.values(window.assignments)) {
    const { participant } = assignment;
    worst.set(participant, Math.max(worst.get(participant) ?? 0, outcomeOf(assignment)));
  }
  const standings = [...worst].map(([participant, outcome]) => ({
    participant,
    outcome,
    score: outcome === OUTCOMES.accepted ? scoreOf(participant) : 0n,
  }));
  standings.sort(
    (a, b) => a.outcome - b.outcome || Number(b.score > a.score) - Number(a.score > b.score),
  );
  let rank = -1;
  const placed = standings.map((one, at) => {
    const above = standings[at - 1];
    if (above === undefined || above.outcome !== one.outcome || above.score !== one.score)
      rank += 1;
    return { participant: one.participant, rank };
  });
  // Where nobody committed to anything nobody was better than anybody.
  if (standings[0]?.outcome === NOTHING) return [];
  return placed.sort((a, b) => (a.participant < b.participant ? -1 : 1));
}

export function rateWindow(books: Books, event: EventOf<'daybook.window.reconciled.v1'>): Fact[] {
  const { run, window } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  if (policyOf(books, book).mesh === undefined) return [];
  const places = placesOf(book);
  const after = rated(
    places.map(({ participant }) => books.members[participant]?.rating ?? FIRST_RATING),
    places.map(({ rank }) => rank),
  );
  const ratings = places.map(({ participant, rank }, at) => ({
    participant,
    rank,
    ...must(after[at], 'rating'),
  }));
  const parts = Array.from({ length: Math.ceil(ratings.length / RATINGS_PER_ENTRY) }, (_, part) =>
    ratings.slice(part * RATINGS_PER_ENTRY, (part + 1) * RATINGS_PER_ENTRY),
  );
  return parts.map((part) => fact('daybook.rating.updated.v1', { run, window, ratings: part }));
}
