/** What validators assert about scores: first a commitment, then what it was to. */
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import type { Scoring } from '../../projections/scoring-book.ts';
import { scoringOf } from '../../projections/scoring.ts';
import { commitmentOf } from '../consensus/commitment.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

interface Named {
  readonly run: string;
  readonly window: number;
  readonly session: number;
}

/** The scoring that this validator is called to, or why there is none. */
function called(books: Books, actor: ActorId, { run, window, session }: Named): Scoring | Refusal {
  const problem = sessionProblem(books, actor, session);
  if (problem !== null) return problem;
  const scoring = scoringOf(books, run, window);
  if (scoring === undefined || scoring.outcome !== null || books.runs[run]?.state === 'failed')
    return refuse('scoring_not_open', `run ${run} window ${window}`);
  return scoring.validators.some(({ validator }) => validator === actor)
    ? scoring
    : refuse('not_on_panel', 'this validator was not called to score');
}

const isRefusal = (found: Scoring | Refusal): found is Refusal => 'code' in found;

export const commitScores: Guard<'daybook.scores.committed.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const scoring = called(books, actor, data);
  if (isRefusal(scoring)) return scoring;
  if (scoring.commitments.some(({ validator }) => validator === actor))
    return refuse('scores_already_recorded', `a commitment for window ${data.window}`);
  return scoring.sealed === null
    ? null
    : refuse('scoring_not_open', `sealed at sequence ${scoring.sealed.sequence}`);
};

export const revealScores: Guard<'daybook.scores.revealed.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const scoring = called(books, actor, data);
  if (isRefusal(scoring)) return scoring;
  if (scoring.sealed === null)
    return refuse('scores_not_sealed', 'others may still commit to what they would read here');
  const committed = scoring.commitments.find(({ validator }) => validator === actor);
  if (committed === undefined) return refuse('commitment_mismatch', 'nothing was committed to');
  if (scoring.reveals.some(({ validator }) => validator === actor))
    return refuse('scores_already_recorded', `scores of window ${data.window}`);
  if (commitmentOf({ ...data, validator: actor }) !== committed.commitment)
    return refuse('commitment_mismatch', `committed to at sequence ${committed.sequence}`);
  return data.scores.length === scoring.contributions.length
    ? null
    : refuse('scores_out_of_form', `${scoring.contributions.length} contributions are scored`);
};
