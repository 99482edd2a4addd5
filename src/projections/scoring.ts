/** The recipe of scores and consensus: what is awaited, what has come, and the bonds that result. */
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import { bond, clipped, rowOf } from './bonds.ts';
import type { ActorId } from '../events/ids.ts';
import type { Books } from './books.ts';
import { byName, must, policyOf, windowKey } from './books.ts';
import type { RunScores, Scoring } from './scoring-book.ts';
import { weightsOf } from './scoring-book.ts';

export function foldScores(books: Books, event: EventOfFamily<'scores' | 'consensus'>): void {
  const { run, window } = event.data;
  if (event.type === 'daybook.scores.requested.v1') {
    begin(books, event);
    return;
  }
  const held = must(books.scores?.[run], `scores of ${run}`);
  const scoring = must(
    held.windows.find((one) => one.window === window),
    `scoring of ${run}/${window}`,
  );
  switch (event.type) {
    case 'daybook.scores.committed.v1':
      scoring.commitments.push({
        validator: event.actor,
        sequence: event.sequence,
        commitment: event.data.commitment,
      });
      return;
    case 'daybook.scores.sealed.v1':
      scoring.sealed = { sequence: event.sequence, revealUntilMs: event.data.revealUntilMs };
      return;
    case 'daybook.scores.revealed.v1':
      scoring.reveals.push({
        validator: event.actor,
        sequence: event.sequence,
        scores: event.data.scores,
      });
      return;
    case 'daybook.consensus.reached.v1':
      conclude(held, scoring, event);
      return;
    case 'daybook.consensus.disagreed.v1':
      return;
    case 'daybook.consensus.failed.v1':
      scoring.outcome = 'failed';
      return;
    default:
      event satisfies never;
  }
}

function begin(books: Books, event: EventOf<'daybook.scores.requested.v1'>): void {
  const { run, window, seed, contributions, validators, commitUntilMs } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  const held = ((books.scores ??= byName())[run] ??= { windows: [], bonds: byName() });
  held.windows = held.windows.filter(
    (one) =>
      one.outcome === null || books.windows[windowKey(run, one.window)]?.state !== 'reconciled',
  );
  held.windows.push({
    run,
    window,
    sequence: event.sequence,
    terms: must(policyOf(books, book).scoring, 'scoring terms'),
    seed,
    contributions,
    participants: contributions.map((id) => must(book.assignments[id], id).participant),
    validators,
    commitUntilMs,
    commitments: [],
    sealed: null,
    reveals: [],
    outcome: null,
  });
}

/** The consensus is on record; the bonds follow from it and from the scores. */
function conclude(
  held: RunScores,
  scoring: Scoring,
  { sequence, data }: EventOf<'daybook.consensus.reached.v1'>,
): void {
  const consensus = new Map(
    data.contributors.map((one) => [one.participant as string, one.weight]),
  );
  const bonding = data.validators.map(({ validator, stake }) => {
    const { scores } = must(
      scoring.reveals.find((one) => one.validator === validator),
      `scores of ${validator}`,
    );
    const row = clipped(rowOf(weightsOf(scoring, scores)), consensus);
    return { id: validator, stake: BigInt(stake), row };
  });
  bond(held.bonds, bonding, consensus.keys(), scoring.terms.bondAlphaPpm);
  scoring.outcome = {
    sequence,
    incentives: data.contributors.map(({ participant, incentive }) => ({
      participant,
      share: incentive,
    })),
    dividends: data.validators.map(({ validator, dividend }) => ({ validator, share: dividend })),
  };
}

export const scoringOf = (books: Books, run: string, window: number): Scoring | undefined =>
  books.scores?.[run]?.windows.find((one) => one.window === window);

/** Of all runs, those that wait for commitments or scores. */
export const openScorings = (books: Books): Scoring[] =>
  Object.values(books.scores ?? {}).flatMap(({ windows }) =>
    windows.filter(({ outcome }) => outcome === null),
  );

/** Whether a scoring waits for a validator: to commit, or to show what it has committed to. */
export const owes = (
  { validators, commitments, reveals, sealed, outcome }: Scoring,
  actor: ActorId,
): boolean =>
  outcome === null &&
  (sealed === null
    ? includes(validators, actor) && !includes(commitments, actor)
    : includes(commitments, actor) && !includes(reveals, actor));

const includes = (list: readonly { readonly validator: ActorId }[], actor: ActorId): boolean =>
  list.some(({ validator }) => validator === actor);

/** Whether any does. */
export const owesScores = (books: Books, actor: ActorId): boolean =>
  openScorings(books).some((scoring) => owes(scoring, actor));
