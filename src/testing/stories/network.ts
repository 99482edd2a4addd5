/**
 * A network and its council: terms that change while a window is open, a vote that nobody comes to, one
 * that fails, a proposal overtaken by another, a run taken back to an earlier revision, a new council.
 */
import { must } from '../../projections/books.ts';
import { Assembly, LEAD_EPOCHS } from '../assembly.ts';
import { RUN } from '../cast.ts';
import type { Desk, Result } from '../desk.ts';

export function networkStory(): Desk {
  const assembly = Assembly.atWork(4);
  const { cast, desk, council } = assembly;
  const [ann, ben, cas] = council.map((key) => must(key, 'member'));
  const heard = (result: Result): void => void must(result.ok || null, 'recorded');
  cast.play(4_000_000, 3_000_000);
  desk.tick();
  assembly.accept('stricter-gates', {
    policy: assembly.nextPolicy({ promotion: { acceptGainBps: 4000, rejectGainBps: 0 } }),
  });
  assembly.accept('overtaken', { council: assembly.seats.slice(0, 2) });
  heard(assembly.propose('nobody-cares', { council: assembly.seats.slice(1) }, must(cas, 'cas')));
  heard(assembly.propose('unloved', { council: assembly.seats.slice(1) }, must(cas, 'cas')));
  heard(assembly.vote('unloved', 'abstain', must(cas, 'cas')));
  heard(assembly.vote('unloved', 'yes', must(ben, 'ben')));
  heard(assembly.vote('unloved', 'no', must(ann, 'ann')));
  assembly.wait(LEAD_EPOCHS);
  // Under the gates that it began with; the next one is under the new ones.
  cast.play(3_000_000, 2_900_000);
  desk.tick();
  assembly.accept('back-to-one', { rollback: { run: RUN, toRevision: 1 } });
  assembly.wait(LEAD_EPOCHS);
  cast.play(2_900_000, 1_000_000);
  desk.tick();
  cast.play(3_000_000, 1_500_000);
  assembly.accept('a-council-of-two', { council: assembly.seats.slice(0, 2) });
  assembly.wait(LEAD_EPOCHS);
  // The end finds one that is voted on.
  heard(assembly.propose('undecided', { council: assembly.seats }));
  heard(assembly.vote('undecided', 'abstain', must(ben, 'ben')));
  return desk;
}
