/** Whatever parties and referees do, a dispute ends, and no micro-unit comes from nowhere or is lost. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { must } from '../../../projections/books.ts';
import type { Ruling } from '../../../projections/dispute-book.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { DisputeCase, rootNamed, TERMS } from '../../../testing/dispute-case.ts';
import { DISPUTES } from '../money/accounts.ts';

const RULINGS: readonly Ruling[] = [
  'stands',
  'result_wrong',
  'contradicts_itself',
  'not_comparable',
];

type Move = 'honest' | 'invented' | 'silent';
const move = fc.constantFrom<Move>('honest', 'honest', 'honest', 'invented', 'silent');

interface Conduct {
  readonly moves: readonly Move[];
  readonly rulings: readonly (readonly [Ruling, Ruling] | null)[];
}

/** One thing happens; a silent party costs the time that it has. */
function play(found: DisputeCase, { moves, rulings }: Conduct, turn: number): void {
  const { dispute } = found;
  if (dispute.referred !== null) {
    const awaited = dispute.referees.find((actor) =>
      dispute.findings.every(({ referee }) => referee !== actor),
    );
    const ruling = rulings[turn % rulings.length];
    if (awaited === undefined || !ruling) found.wait(10_000);
    else found.find(found.cast.keyOf(awaited), ...ruling);
    return;
  }
  const last = must(dispute.rounds.at(-1), 'round');
  const key = last.claimant === null ? found.claimant : found.defender;
  const how = moves[turn % moves.length];
  if (how === 'silent') found.wait(10_000);
  else if (how === 'invented' && 'root' in found.answerOf(key))
    found.answer(key, { root: rootNamed(`invented ${turn}`) });
  else found.answer(key);
}

function expectConserved({ desk }: DisputeCase): void {
  const { balances } = desk.books.rewards;
  const sums = new Map<string, bigint>();
  for (const [account, { debits, credits }] of Object.entries(balances)) {
    const unit = must(account.split(':')[0], 'unit');
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
    if (account.startsWith('micro:escrow/'))
      expect(BigInt(credits)).toBeGreaterThanOrEqual(BigInt(debits));
  }
  for (const sum of sums.values()) expect(sum).toBe(0n);
  const open = Object.values(desk.books.disputes ?? {});
  const bonds = open.reduce((sum, { bond }) => sum + BigInt(bond), 0n);
  expect(balanceOf(desk.books, 'micro', DISPUTES)).toBe(bonds);
}

it('ends, and conserves value', () => {
  const conduct = fc.record({
    moves: fc.array(move, { minLength: 1, maxLength: 8 }),
    rulings: fc.array(
      fc.option(fc.tuple(fc.constantFrom(...RULINGS), fc.constantFrom(...RULINGS)), { freq: 6 }),
      { minLength: 1, maxLength: 4 },
    ),
    validators: fc.integer({ min: 2, max: 5 }),
  });
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(conduct, ({ validators, ...how }) => {
      const found = DisputeCase.rejected({ dispute: { ...TERMS, answerMs: 10_000 } }, validators);
      found.open();
      for (let turn = 0; found.outcome === 'open'; turn += 1) {
        expect(turn).toBeLessThan(200);
        play(found, how, turn);
        expectConserved(found);
      }
      outcomes.add(must(found.outcome, 'outcome'));
    }),
    { numRuns: 60 },
  );
  expect([...outcomes].sort()).toEqual(['claimant_right', 'claimant_wrong', 'undecided']);
});
