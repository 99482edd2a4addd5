/** A participant as it is mentioned: its key, and the name the operator admitted it under. */
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';

export interface Party {
  readonly participant: string;
  readonly name: string;
}

/** A later key has its participant's name; one that is nobody's is shown as its first characters. */
export function partyOf(books: Books, participant: string): Party {
  const self = identityOf(books, participant as ActorId);
  return { participant, name: books.members[self]?.name ?? `${participant.slice(0, 8)}…` };
}
