/** Validators that judge honestly and score as it pays, or without a look. */
import { commitmentOf } from '../../commands/consensus/commitment.ts';
import { must } from '../../projections/books.ts';
import type { ContributionScore, Scoring } from '../../projections/scoring-book.ts';
import { scoringOf } from '../../projections/scoring.ts';
import type { Node } from '../../roles/node.ts';
import type { Conduct } from './conduct.ts';
import { rewriting } from './rewriting.ts';

type Saying = (scoring: Scoring, node: Node) => readonly ContributionScore[];

const SALT = '5c'.repeat(32);
const HIGH: ContributionScore = { gainBps: 9000, gapBps: 100 };
const NOTHING: ContributionScore = { gainBps: 0, gapBps: 0 };

/** Commits to what it makes up and shows the same, as long as it lives. */
const scoring = (makeSaying: () => Saying): NonNullable<Conduct['duties']> => {
  return (honest, means) => {
    const saying = makeSaying();
    const said = new Map<string, readonly ContributionScore[]>();
    return rewriting((fact, node) => {
      if (fact.type === 'daybook.scores.committed.v1') {
        const { run, window } = fact.data;
        const asked = must(scoringOf(node.follower.books, run, window), 'scoring');
        const scores = said.get(`${run}/${window}`) ?? saying(asked, node);
        said.set(`${run}/${window}`, scores);
        const committed = { run, window, validator: node.key.actor, scores, salt: SALT };
        return { ...fact, data: { ...fact.data, commitment: commitmentOf(committed) } };
      }
      if (fact.type !== 'daybook.scores.revealed.v1') return fact;
      const scores = said.get(`${fact.data.run}/${fact.data.window}`);
      return scores === undefined ? fact : { ...fact, data: { ...fact.data, scores, salt: SALT } };
    })(honest, means);
  };
};

export const bribed: Conduct = {
  doc: 'Scores a friend high, and everybody else with nothing.',
  role: 'validator',
  duties: scoring(() => ({ participants }) => {
    const friend = [...participants].sort().at(-1);
    return participants.map((participant) => (participant === friend ? HIGH : NOTHING));
  }),
};

export const copiesScores: Conduct = {
  doc: 'Measures nothing and says what another validator said of the window before.',
  role: 'validator',
  duties: scoring(() => {
    return ({ run, window, contributions }, { follower, key }) => {
      const before = follower.books.scores?.[run]?.windows.filter((one) => one.window < window);
      const last = before
        ?.flatMap(({ reveals }) => reveals)
        .findLast(({ validator }) => validator !== key.actor);
      return contributions.map((_id, at) => last?.scores[at] ?? HIGH);
    };
  }),
};
