/** Appeals: who hears them, how they end, what they move; and that they conserve value whatever happens. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { must } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { RUN } from '../../../testing/cast.ts';
import type { DisputeCase } from '../../../testing/dispute-case.ts';
import {
  contradiction,
  fileAppeal,
  LADDER,
  offencesOf,
  rejectedCase,
  submitEvidence,
  voteAll,
  voteOn,
} from '../../../testing/offence-case.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { APPEALS, escrowOf, PENALTIES, SLASHED } from '../money/accounts.ts';

const STAKE = BigInt(seedPolicy.rewards.stake);
const QUARTER = STAKE / 4n;
const BOND = BigInt(LADDER.bond);

const offenceIn = ({ assignment }: DisputeCase): string => `work/${assignment}`;
const file = (found: DisputeCase) => fileAppeal(found.cast, found.claimant, offenceIn(found));
const panelOf = (found: DisputeCase): string[] =>
  must(found.desk.books.appeals?.[offenceIn(found)], 'appeal').panel;
const accounts = ({ desk: { books }, claimant }: DisputeCase): bigint[] =>
  [escrowOf(claimant.actor), SLASHED, APPEALS, PENALTIES].map((account) =>
    balanceOf(books, 'micro', account),
  );
const outcome = ({ desk }: DisputeCase) =>
  desk.events.find(({ type }) => type === 'daybook.appeal.decided.v1')?.data;

describe('an appeal', () => {
  it('is heard by validators without a part in it', () => {
    const found = rejectedCase();
    file(found);
    expect(accounts(found)).toEqual([STAKE - QUARTER - BOND, QUARTER, BOND, 0n]);
    const judged = must(found.cast.assignment(found.assignment).challenge, 'challenge').panel;
    expect(panelOf(found)).toHaveLength(LADDER.panelSize);
    for (const actor of panelOf(found)) expect(judged).not.toContain(actor);
  });

  it('that is overturned makes its author whole and ends the quarantine', () => {
    const found = rejectedCase();
    file(found);
    voteAll(found.cast, offenceIn(found), 'overturn');
    expect(outcome(found)).toMatchObject({ outcome: 'overturned', reason: 'quorum' });
    expect(accounts(found)).toEqual([STAKE, 0n, 0n, 0n]);
    expect(found.desk.books.members[found.claimant.actor]?.quarantine[RUN]).toBeUndefined();
    expect(offencesOf(found.desk, found.claimant)).toMatchObject([{ state: 'overturned' }]);
    expect(found.desk.books.appeals).toEqual({});
  });

  it('that is upheld costs its bond, and what was held', () => {
    const found = rejectedCase();
    file(found);
    voteAll(found.cast, offenceIn(found), 'uphold');
    expect(accounts(found)).toEqual([STAKE - QUARTER - BOND, 0n, 0n, QUARTER + BOND]);
    expect(found.desk.books.members[found.claimant.actor]?.quarantine[RUN]).toBe(2);
    found.wait(LADDER.appealMs + 5000);
    expect(accounts(found)[3]).toBe(QUARTER + BOND);
  });

  it('is decided by those who voted when time is up', () => {
    const found = rejectedCase();
    file(found);
    voteOn(found.cast, must(panelOf(found)[0], 'member'), offenceIn(found), 'overturn');
    found.wait(LADDER.panelMs + 5000);
    expect(outcome(found)).toMatchObject({ outcome: 'overturned', reason: 'majority' });
  });

  it('stands on a tie', () => {
    const found = rejectedCase();
    file(found);
    const [one, other] = panelOf(found) as [string, string];
    voteOn(found.cast, one, offenceIn(found), 'overturn');
    voteOn(found.cast, other, offenceIn(found), 'uphold');
    found.wait(LADDER.panelMs + 5000);
    expect(outcome(found)).toMatchObject({ outcome: 'upheld', reason: 'tie', bondReturned: false });
  });

  it('that nobody hears is upheld, and the bond comes back', () => {
    const silent = rejectedCase();
    file(silent);
    silent.wait(LADDER.panelMs + 5000);
    expect(outcome(silent)).toMatchObject({ outcome: 'upheld', reason: 'no_votes' });
    expect(accounts(silent)).toEqual([STAKE - QUARTER, 0n, 0n, QUARTER]);
    const nobody = rejectedCase({}, {}, 2);
    file(nobody);
    expect(panelOf(nobody)).toEqual([]);
    nobody.wait(LADDER.panelMs + 5000);
    expect(outcome(nobody)).toMatchObject({ reason: 'no_panel', bondReturned: true });
  });

  it('comes in time, covered, from its author, on something that took something', () => {
    const found = rejectedCase();
    const stranger = must(found.cast.validators[0], 'validator');
    expect(fileAppeal(found.cast, stranger, offenceIn(found))).toMatchObject({
      code: 'offence_unknown',
    });
    found.wait(LADDER.appealMs + 5000);
    expect(file(found)).toMatchObject({ code: 'nothing_to_appeal' });
    expect(file(rejectedCase({ bond: STAKE.toString() }))).toMatchObject({
      code: 'bond_not_covered',
    });
  });

  it('is closed when a dispute strikes the offence, with its bond', () => {
    const found = rejectedCase();
    found.open();
    file(found);
    while (found.outcome === 'open') {
      found.answerAll();
      found.findAll('stands', 'result_wrong');
    }
    expect(outcome(found)).toMatchObject({ outcome: 'overturned', reason: 'struck_otherwise' });
    expect(accounts(found)[0]).toBe(STAKE);
  });

  it('after the money was paid out, a dispute still brings it back', () => {
    const found = rejectedCase({ appealMs: 5000 });
    found.wait(10_000);
    expect(accounts(found)).toEqual([STAKE - QUARTER, 0n, 0n, QUARTER]);
    found.open();
    while (found.outcome === 'open') {
      found.answerAll();
      found.findAll('stands', 'result_wrong');
    }
    expect(accounts(found)).toEqual([STAKE, 0n, 0n, 0n]);
  });
});

const ACTS = ['file', 'uphold', 'overturn', 'evidence', 'open', 'answer', 'wait', 'long'] as const;

function act(found: DisputeCase, what: (typeof ACTS)[number], who: number): void {
  const { cast, desk } = found;
  const everybody = cast.everybody;
  const key = must(everybody[who % everybody.length], 'party');
  const [offence] = Object.keys(desk.books.appeals ?? {});
  if (what === 'file') for (const one of offencesOf(desk, key)) fileAppeal(cast, key, one.offence);
  else if (what === 'evidence') submitEvidence(desk, contradiction(desk, key));
  else if (what === 'open') found.open();
  else if (what === 'wait') found.wait(5000);
  else if (what === 'long') found.wait(15_000);
  else if (what === 'answer' && found.outcome === 'open') {
    found.answerAll();
    const open = desk.books.disputes?.[found.assignment];
    for (const referee of open?.referees ?? [])
      found.find(cast.keyOf(referee), who % 2 === 0 ? 'stands' : 'result_wrong', 'result_wrong');
  } else if ((what === 'uphold' || what === 'overturn') && offence !== undefined)
    voteOn(cast, key.actor, offence, what);
}

it('whatever is done, what is held is that of offences that can be appealed, and all ends', () => {
  const step = fc.tuple(fc.constantFrom(...ACTS), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const found = rejectedCase({ appealMs: 40_000, panelMs: 20_000 });
      const { desk } = found;
      const check = (): void => {
        const { balances } = desk.books.rewards;
        const total = Object.entries(balances)
          .filter(([account]) => account.startsWith('micro:'))
          .reduce((sum, [, { debits, credits }]) => sum + BigInt(credits) - BigInt(debits), 0n);
        const held = Object.values(desk.books.offences ?? {})
          .flat()
          .filter(({ state }) => state === 'standing' || state === 'appealed')
          .flatMap(({ taken }) => taken.filter(({ unit }) => unit === 'micro'))
          .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
        const bonds = Object.values(desk.books.appeals ?? {}).length;
        expect(total).toBe(0n);
        expect(balanceOf(desk.books, 'micro', SLASHED)).toBe(held);
        expect(balanceOf(desk.books, 'micro', APPEALS)).toBe(BOND * BigInt(bonds));
        for (const { actor } of found.cast.everybody)
          expect(balanceOf(desk.books, 'micro', escrowOf(actor)) >= 0n).toBe(true);
      };
      for (const [what, who] of steps) {
        act(found, what, who);
        check();
      }
      found.wait(65_000);
      check();
      expect(balanceOf(desk.books, 'micro', SLASHED)).toBe(0n);
    }),
    { numRuns: 12 },
  );
});
