/** The trail against the fold: before every entry of every story, the books name the same policy. */
import { describe, expect, it } from 'vitest';
import { adoptionOf, adoptsPolicy } from '../../commands/policy-adoption.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { emptyBooks, must, policyFor, policyOf, windowKey } from '../../projections/books.ts';
import type { Books } from '../../projections/books.ts';
import { foldInto } from '../../projections/fold.ts';
import { Assembly, LEAD_EPOCHS } from '../../testing/assembly.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { LEDGER } from '../../testing/desk.ts';
import { stories } from '../../testing/stories.ts';
import type { Told } from '../../testing/stories.ts';
import { PolicyTrail } from './policy-trail.ts';

const WINDOW =
  /\.(window|assignment|claim|submission|upload|challenge|verdict|panel|aggregation|promotion)\./;

/** What the books say; of a window by itself, of all else the policy in force. */
function appliedTo(event: LedgerEvent, books: Books): number | null {
  if (!WINDOW.test(event.type) || event.type === 'daybook.window.planned.v1')
    return books.policy?.revision ?? null;
  const data = event.data as { run: string; window?: number; assignment?: string };
  if (data.window === undefined) return policyFor(books, must(data.assignment, 'id')).revision;
  return policyOf(books, must(books.windows[windowKey(data.run, data.window)], 'window')).revision;
}

/** Entries about which the two do not agree. */
function disagreements({ events }: Told): string[] {
  const trail = new PolicyTrail();
  for (const event of events) trail.observe(event);
  const books = emptyBooks(LEDGER);
  return events.flatMap((event) => {
    if (adoptsPolicy(event)) {
      foldInto(books, event);
      return trail.at(event.sequence)?.sequence === event.sequence ? [] : [event.type];
    }
    const told = appliedTo(event, books);
    foldInto(books, event);
    const own = trail.at(event.sequence)?.policy.revision ?? null;
    const isOfOther = /checkpoint|quarantined|journal/.test(event.type);
    return isOfOther || own === told
      ? []
      : [`${event.sequence} ${event.type}: ${own}, not ${told}`];
  });
}

describe('the policy of an entry', () => {
  it.each(Object.entries(stories))('is what the books said before it, in %s', (_name, play) => {
    expect(disagreements(play())).toEqual([]);
  });

  it('of a window is the one in force where windows do not keep theirs, also later', () => {
    const cast = Cast.started(3, 2, { windows: 2 });
    const adopt = (revision: number, network: boolean): void => {
      const { type, data } = adoptionOf({
        ...seedPolicy,
        revision,
        ...(network ? { vesting: { periods: 4, turnMs: 60_000 } } : {}),
      });
      cast.desk.must(cast.desk.operator, type, data);
    };
    adopt(2, false);
    for (const slot of cast.slots) cast.train(slot);
    adopt(3, true);
    cast.reveal();
    adopt(4, false);
    cast.judge();
    cast.aggregate(4_000_000, 3_000_000);
    cast.desk.tick();
    for (const slot of cast.slots) cast.train(slot);
    adopt(5, false);
    cast.reveal();
    expect(disagreements(cast.desk)).toEqual([]);
  });

  it('of credits, penalties, quarantines and promotions is that of their window', () => {
    const assembly = Assembly.atWork();
    const { cast, desk } = assembly;
    const [first = '', ...others] = cast.slots;
    cast.train(first, 'an altered delta');
    for (const slot of others) cast.train(slot);
    const gates = { acceptGainBps: 5000, rejectGainBps: 0 };
    assembly.accept('p', { policy: assembly.nextPolicy({ promotion: gates }) });
    assembly.wait(LEAD_EPOCHS);
    cast.reveal();
    desk.tick();
    for (const slot of cast.slots)
      for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    cast.aggregate(4_000_000, 3_000_000);
    const trail = new PolicyTrail();
    for (const event of desk.events) trail.observe(event);
    const revisions = (of: RegExp) =>
      desk.events
        .filter(({ type, subject }) => of.test(`${type} ${subject}`))
        .map(({ sequence }) => trail.at(sequence)?.policy.revision);
    expect(desk.books.policy?.revision).toBe(2);
    expect(revisions(/quarantined/)).toEqual([1]);
    expect(revisions(/journal\/penalty/)).toEqual([1]);
    expect(revisions(/journal\/credit/)).toEqual([1]);
    expect(revisions(/checkpoint.promoted/)).toEqual([1]);
    expect(desk.books.runs[RUN]?.revisions).toHaveLength(2);
  });
});
