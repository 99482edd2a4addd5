/** The law of the council, against ledgers that keep it and histories that do not. */
import { expect, it } from 'vitest';
import { adoptionOf } from '../../commands/policy-adoption.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { emptyBooks } from '../../projections/books.ts';
import { foldInto } from '../../projections/fold.ts';
import { LEDGER } from '../../testing/desk.ts';
import { networkStory } from '../../testing/stories/network.ts';
import { Breach } from '../law.ts';
import { Truth } from '../truth.ts';
import { councilDecides } from './governance.ts';

const { events } = networkStory();

/** @param hidden what the law does not get to see, though it was recorded */
function watched(history: readonly LedgerEvent[], hidden: (event: LedgerEvent) => boolean): void {
  const law = councilDecides.make((message) => {
    throw new Breach('council-decides', message);
  });
  const books = emptyBooks(LEDGER);
  const truth = new Truth(() => undefined);
  for (const event of history) {
    foldInto(books, event);
    if (!hidden(event)) law.see?.(event, { books, truth, isHonest: () => true });
  }
}

const nothing = (): boolean => false;

it('holds where the council decided', () => {
  expect(() => watched(events, nothing)).not.toThrow();
});

it('is broken by a revision for which nobody voted', () => {
  const votes = (event: LedgerEvent): boolean => event.type === 'daybook.proposal.voted.v1';
  expect(() => watched(events, votes)).toThrow('without turnout');
});

it('is broken by a run that is taken back without a proposal', () => {
  const said = (event: LedgerEvent): boolean =>
    event.type === 'daybook.revision.activated.v1' && event.data.rollback !== null;
  expect(() => watched(events, said)).toThrow('no proposal says so');
});

it('is broken by a policy that the operator adopts after the founding', () => {
  const founded = events.findIndex(({ type }) => type === 'daybook.network.founded.v1');
  const adopted = events.find(({ type }) => type.startsWith('daybook.policy.adopted.'));
  const { type, data } = adoptionOf({ ...seedPolicy, revision: 2 });
  const forged = { ...adopted, id: 'forged.0', commandid: 'forged', type, data };
  const history = [
    ...events.slice(0, founded + 1),
    { ...forged, sequence: founded + 1 } as unknown as LedgerEvent,
  ];
  expect(() => watched(history, nothing)).toThrow('terms change with daybook.policy.adopted.v1');
});
