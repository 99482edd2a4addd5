/**
 * Windows that are scored: one in which a validator favours a friend, one of whose scores too few are
 * shown, and one that nobody's scores have in common; then the period is paid.
 */
import type { Desk } from '../desk.ts';
import { gain, ScoringCase, TERMS } from '../scoring-case.ts';

export function scoringStory(): Desk {
  const told = ScoringCase.started({}, { windows: 3 });
  const { cast, desk } = told;
  const honest = [gain(300), gain(100, -5)];
  told.judged();
  told.score([honest, [gain(0), gain(9000)], honest]);
  cast.aggregate(4_000_000, 3_000_000);
  desk.tick();
  // The second is worked on while its scores are awaited.
  told.judged();
  cast.aggregate(3_000_000, 2_900_000);
  told.commit(cast.validators[0]!, honest, 1);
  told.wait(TERMS.commitMs);
  desk.tick();
  told.judged();
  cast.aggregate(2_900_000, 2_800_000);
  told.score(
    [
      [gain(1), gain(0)],
      [gain(0), gain(1)],
      [gain(-7), gain(0)],
    ],
    2,
  );
  desk.tick();
  return desk;
}
