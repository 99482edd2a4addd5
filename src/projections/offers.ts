/** The offer book: whom a run asked, and what they answered. It goes when the run is over. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { Books } from './books.ts';
import { byName, must } from './books.ts';

export function foldOffer(books: Books, event: EventOfFamily<'offer'>): void {
  const { run } = event.data;
  if (event.type === 'daybook.offer.opened.v1') {
    const offers = (books.offers ??= byName());
    const before = offers[run];
    if (before === undefined)
      offers[run] = { round: event.data.round, open: byName(), answers: byName() };
    else before.round = event.data.round;
    return;
  }
  const book = must(books.offers?.[run], `offers of ${run}`);
  switch (event.type) {
    case 'daybook.offer.made.v1':
      for (const participant of event.data.participants) {
        delete book.answers[participant];
        book.open[participant] = event.data.untilMs;
      }
      return;
    case 'daybook.offer.accepted.v1':
    case 'daybook.offer.declined.v1': {
      const participant = event.actor;
      delete book.open[participant];
      book.answers[participant] =
        event.type === 'daybook.offer.accepted.v1' ? 'accepted' : 'declined';
      return;
    }
    case 'daybook.offer.lapsed.v1':
      for (const participant of event.data.participants) {
        delete book.open[participant];
        book.answers[participant] = 'lapsed';
      }
      return;
    default:
      event satisfies never;
  }
}

/** A run that is over looks for nobody. */
export function endOffers(books: Books, run: string): void {
  if (books.offers !== undefined) delete books.offers[run];
}
