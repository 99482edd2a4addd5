/** Laws about scores: what the honest measured is one thing, and what they say is what counts. */
import type { EventOf } from '../../events/catalogue.ts';
import { must } from '../../projections/books.ts';
import { weightsOf } from '../../projections/scoring-book.ts';
import type { Scoring } from '../../projections/scoring-book.ts';
import { scoringOf } from '../../projections/scoring.ts';
import type { LawOf } from '../law.ts';

const ONE = 1n << 32n;
const KAPPA_SCALE = 65_535n;

export const honestScoresDecide: LawOf = {
  name: 'honest-scores',
  doc: 'Honest validators score alike; while liars hold less than kappa of the stake, no contributor gets more weight than an honest validator gave it.',
  make: (breached) => ({
    see: (event, { books, isHonest }) => {
      if (event.type !== 'daybook.consensus.reached.v1') return;
      const { run, window } = event.data;
      const scoring = must(scoringOf(books, run, window), 'scoring');
      const honest = scoring.reveals.filter(({ validator }) => isHonest(validator));
      const vectors = new Set(honest.map(({ scores }) => JSON.stringify(scores)));
      if (vectors.size > 1) breached(`${run}/${window}: ${[...vectors].join(' and ')}`);
      if (lyingStake(event, isHonest) >= BigInt(scoring.terms.kappa)) return;
      for (const { participant, weight } of event.data.contributors)
        if (honest.every(({ scores }) => BigInt(weight) > given(scoring, scores, participant)))
          breached(
            `${participant} has weight ${weight} in ${run}/${window}, more than honest ones gave`,
          );
    },
  }),
};

/** In 65,535ths of all stake, rounded up. */
function lyingStake(
  { data: { validators } }: EventOf<'daybook.consensus.reached.v1'>,
  isHonest: (actor: string) => boolean,
): bigint {
  const sum = (some: typeof validators): bigint =>
    some.reduce((all, { stake }) => all + BigInt(stake), 0n);
  const [lying, all] = [sum(validators.filter((one) => !isHonest(one.validator))), sum(validators)];
  return (lying * KAPPA_SCALE + all - 1n) / all;
}

function given(
  scoring: Scoring,
  scores: Scoring['reveals'][number]['scores'],
  participant: string,
): bigint {
  const weights = weightsOf(scoring, scores);
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0n);
  return sum === 0n ? 0n : ((weights.get(participant) ?? 0n) * ONE) / sum;
}
