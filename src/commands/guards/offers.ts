/** Answers to offers. Who took one may give it back; who let it lapse waits to be asked again. */
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

export const accept: Guard<'daybook.offer.accepted.v1'> = (books, { actor, fact: { data } }) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  return books.offers?.[data.run]?.open[actor] === undefined
    ? refuse('offer_not_open', `${data.run} offers nothing to this participant now`)
    : null;
};

export const decline: Guard<'daybook.offer.declined.v1'> = (books, { actor, fact: { data } }) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const book = books.offers?.[data.run];
  return book?.open[actor] === undefined && book?.answers[actor] !== 'accepted'
    ? refuse('offer_not_open', `${data.run} offers nothing to this participant now`)
    : null;
};
