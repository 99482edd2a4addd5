/**
 * Offences where the policy has a ladder: a rejection that an appeal overturns, one that stands, a key
 * that signed two things, and quarantines that end; and a rejection that a dispute overturns.
 */
import { must } from '../../projections/books.ts';
import type { Desk } from '../desk.ts';
import { MINUTE_MS } from '../dispute-case.ts';
import {
  contradiction,
  fileAppeal,
  LADDER,
  rejectedCase,
  submitEvidence,
  voteAll,
} from '../offence-case.ts';

export function ladderStory(): Desk {
  const found = rejectedCase();
  const { cast, claimant, desk } = found;
  const offence = `work/${found.assignment}`;
  must(fileAppeal(cast, claimant, offence).ok || null, 'appeal');
  voteAll(cast, offence, 'overturn');
  const double = must(
    cast.workers.find(({ actor }) => actor !== claimant.actor),
    'worker',
  );
  must(submitEvidence(desk, contradiction(desk, double)).ok || null, 'evidence');
  cast.aggregate(4_000_000, 3_900_000);
  found.wait(LADDER.appealMs + MINUTE_MS);
  cast.play(3_900_000, 3_800_000);
  desk.tick();
  cast.play(3_800_000, 3_700_000);
  return desk;
}

/** The dispute's outcome strikes what the rejection found. */
export function struckStory(): Desk {
  const found = rejectedCase();
  must(found.open().ok || null, 'dispute');
  while (found.outcome === 'open') {
    found.answerAll();
    found.findAll('stands', 'result_wrong');
  }
  return found.desk;
}
