/** Participants as explanations name them. */
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';

export interface Party {
  readonly participant: ActorId;
  readonly name: string;
}

export const partyOf = (books: Books, participant: ActorId): Party => ({
  participant,
  name: books.members[identityOf(books, participant)]?.name ?? participant.slice(0, 8),
});

/** By public key, by name, or by the first letters of a key. Null when nobody or more than one fits. */
export function findParty(books: Books, who: string): Party | null {
  const members = Object.values(books.members);
  const exact = books.members[who];
  const fitting =
    exact === undefined
      ? members.filter(
          ({ participant, name }) =>
            name === who || (who.length >= 4 && participant.startsWith(who)),
        )
      : [exact];
  const [found] = fitting;
  return found === undefined || fitting.length > 1 ? null : partyOf(books, found.participant);
}
