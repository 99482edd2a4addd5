/** The registry's books as they begin, and the signs of owners that several of them find. */
import type { ActorId } from '../events/ids.ts';
import { byName } from './books.ts';
import type { IdentityBook, StakeBook } from './registry-book.ts';

export const emptyIdentityBook = (): IdentityBook => ({
  identities: byName(),
  keys: byName(),
  invitations: byName(),
  signs: byName(),
  clusters: byName(),
  members: byName(),
});

/** The first to show a sign keeps it: whoever shows it later is like that one. */
export const show = (book: IdentityBook, sign: string, participant: ActorId): void => {
  book.signs[sign] ??= participant;
};

export const emptyStakeBook = (): StakeBook => ({
  unlocking: byName(),
  references: byName(),
  deposited: byName(),
  own: byName(),
});
