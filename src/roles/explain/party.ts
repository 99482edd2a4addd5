/** Participants as explanations name them. */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
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

/** More would bury the sentence that they end. */
const NAMED_MAX = 12;

/** By public key, by name, or by the first letters of a key. Left: who there is, or which are meant. */
export function findParty(books: Books, who: string): Either<string, Party> {
  const members = Object.values(books.members);
  const exact = books.members[who];
  const fitting =
    exact === undefined
      ? members.filter(
          ({ participant, name }) =>
            name === who || (who.length >= 4 && participant.startsWith(who)),
        )
      : [exact];
  const [found, ...others] = fitting;
  if (found === undefined)
    return left(`no participant is "${who}"; here are: ${listed(members.map(({ name }) => name))}`);
  if (others.length === 0) return right(partyOf(books, found.participant));
  const keys = listed(fitting.map(({ participant }) => participant));
  return left(`more than one participant is "${who}": ${keys}; give a key`);
}

const listed = (names: readonly string[]): string =>
  names.length > NAMED_MAX
    ? `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} more`
    : names.join(', ') || 'none';
