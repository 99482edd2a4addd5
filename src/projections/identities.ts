/**
 * The identity book: which key speaks for whom, and who may have one owner. An identity is named by
 * its first key for ever; what a key signed stays its identity's after the key was replaced.
 */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Books } from './books.ts';
import { must } from './books.ts';
import { counted, departed, newMember } from './members.ts';
import type { Identity, IdentityBook } from './registry-book.ts';
import { emptyIdentityBook, show } from './empty-registry.ts';
import { depositorSign, fundersOf, unlockAll } from './stakes.ts';

type IdentityEvent = EventOfFamily<'identity' | 'cluster'>;

/** Whom a key stands for: itself, unless it came later. */
export const identityOf = (books: Books, key: ActorId): ActorId => books.identity?.keys[key] ?? key;

/** The key that speaks for a participant now. */
export const keyOf = (books: Books, participant: ActorId): ActorId =>
  books.identity?.identities[participant]?.key ?? participant;

/** The cluster of a participant: its own name when it is alone. */
export const clusterOf = (books: Books, participant: ActorId): ActorId =>
  books.identity?.clusters[participant] ?? participant;

export const isRevoked = (books: Books, participant: ActorId): boolean =>
  books.identity?.identities[participant]?.revoked !== undefined;

export function foldIdentity(books: Books, event: IdentityEvent): void {
  const book = (books.identity ??= emptyIdentityBook());
  switch (event.type) {
    case 'daybook.identity.invited.v1':
      book.invitations[event.data.invitation] = event.data;
      return;
    case 'daybook.identity.registered.v1': {
      const { participant, role, name, recoveryKey, software, invitation } = event.data;
      counted(books, participant, () => {
        books.members[participant] ??= newMember(participant, role, name);
      });
      const identity = identityIn(book, participant);
      identity.recoveryKey = recoveryKey;
      identity.build = software.build;
      show(book, recoverySign(recoveryKey), participant);
      // Money can come before its owner does.
      for (const depositor of fundersOf(books, participant))
        show(book, depositorSign(depositor), participant);
      const used = invitation === null ? undefined : book.invitations[invitation];
      if (used !== undefined) book.invitations[used.invitation] = { ...used, used: true };
      return;
    }
    case 'daybook.identity.rotated.v1': {
      const { participant, key, recovery } = event.data;
      const identity = identityIn(book, participant);
      identity.key = key;
      identity.rotations += 1;
      book.keys[key] = participant;
      if (recovery === null) return;
      identity.recoveryKey = recovery.key;
      show(book, recoverySign(recovery.key), participant);
      return;
    }
    case 'daybook.identity.revoked.v1': {
      const { participant } = event.data;
      identityIn(book, participant).revoked = event.sequence;
      counted(books, participant, () => departed(must(books.members[participant], 'member')));
      unlockAll(books, participant, event.sequence);
      return;
    }
    case 'daybook.cluster.signalled.v1':
      if (joins(event.data.sign)) unite(book, event.data.participant, event.data.alike);
      return;
    default:
      event satisfies never;
  }
}

export const recoverySign = (key: ActorId): string => `recovery_key/${key}`;

/** Benchmarks stand in the log for everybody to copy: they are told, and make no cluster. */
export const joins = (sign: string): boolean => sign !== 'benchmark';

const identityIn = ({ identities }: IdentityBook, participant: ActorId): Identity =>
  (identities[participant] ??= { key: participant, recoveryKey: null, build: null, rotations: 0 });

/** The cluster of who joins becomes part of the other's. */
function unite(book: IdentityBook, participant: ActorId, alike: ActorId): void {
  const into = book.clusters[alike] ?? alike;
  const from = book.clusters[participant] ?? participant;
  if (into === from) return;
  const members = [...(book.members[into] ?? [into]), ...(book.members[from] ?? [from])];
  delete book.members[from];
  book.members[into] = members;
  for (const member of members) book.clusters[member] = into;
}
