/** A participant as it is mentioned: its key, and the name the operator admitted it under. */
import type { Books } from '../../projections/books.ts';

export interface Party {
  readonly participant: string;
  readonly name: string;
}

/** A key that was never admitted is shown as its first characters. */
export function partyOf(books: Books, participant: string): Party {
  return { participant, name: books.members[participant]?.name ?? `${participant.slice(0, 8)}...` };
}
