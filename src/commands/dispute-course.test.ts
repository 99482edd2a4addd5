/** The ledger's course of a dispute, and that it is the one by which referees hold it. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { narrowed, nextPosition, openBisection } from '../compute/disputes/bisection.ts';
import type { DisputeAnswer, DisputeRound } from '../projections/dispute-book.ts';
import { nextOf, placeOf } from './dispute-course.ts';

const NOTHING: DisputeAnswer = { root: null, opening: null, proof: null, evidence: null };
const hash = (seed: number): string => seed.toString(16).padStart(64, '0');

/** A party that has `own` from step `step` and, in it, entry `index` on, and else what all have. */
interface Party {
  readonly own: number;
  readonly step: number;
  readonly index: number;
  readonly entries: number;
}

function answerOf({ own, step, index, entries }: Party, round: DisputeRound): DisputeAnswer {
  const { question } = round;
  const at = question.position ?? 0;
  const opening = (place: number): DisputeAnswer => {
    const writes = [{ role: 'result', digest: hash(place >= index ? own : 0) }];
    const entry = { operation: 'op', phase: 'forward' as const, reads: [], writes };
    return { ...NOTHING, opening: { index: place, entry, peaks: [] } };
  };
  switch (question.kind) {
    case 'state_root':
      return { ...NOTHING, root: hash(question.step > step ? own : 0) };
    case 'trace_root':
      return { ...NOTHING, root: hash(at > index ? own : 0) };
    case 'end':
      return opening(entries - 1);
    case 'entry':
      return opening(at);
    case 'read':
    case 'evidence':
      return NOTHING;
  }
}

it('comes to the first operation that differs, in as many rounds as halving needs', () => {
  const places = fc.record({
    steps: fc.integer({ min: 1, max: 5000 }),
    entries: fc.integer({ min: 2, max: 5000 }),
    at: fc.nat(),
    of: fc.nat(),
    first: fc.nat(),
  });
  fc.assert(
    fc.property(places, ({ steps, entries, at, of, first }) => {
      const lie = { step: first + (at % steps), index: of % (entries - 1), entries };
      const rounds: DisputeRound[] = [];
      for (;;) {
        const next = nextOf({ agreed: first, parted: first + steps }, rounds);
        if (next.kind !== 'ask') {
          expect(next.kind).toBe('refer');
          break;
        }
        const round = {
          round: rounds.length,
          question: next.question,
          claimant: null,
          defender: null,
        };
        rounds.push({
          ...round,
          claimant: answerOf({ own: 1, ...lie }, round),
          defender: answerOf({ own: 2, ...lie }, round),
        });
      }
      expect(placeOf(rounds)).toEqual({ step: lie.step, index: lie.index });
      const count = (kind: string): number =>
        rounds.filter(({ question }) => question.kind === kind).length;
      expect(count('state_root') - 1).toBeLessThanOrEqual(Math.ceil(Math.log2(steps)));
      expect(count('trace_root')).toBeLessThanOrEqual(Math.ceil(Math.log2(entries)));
      expect(rounds.at(-1)?.question.kind).toBe('evidence');

      let bisection = openBisection(entries);
      for (const { question } of rounds.filter((one) => one.question.kind === 'trace_root')) {
        expect(question.position).toBe(nextPosition(bisection));
        bisection = narrowed(bisection, (question.position ?? 0) <= lie.index);
      }
      expect(nextPosition(bisection)).toBeNull();
    }),
    { numRuns: 300 },
  );
});

it('ends at once where the defender has what the claimant committed to', () => {
  const question = { kind: 'state_root' as const, step: 4, position: null, role: null };
  const same = { ...NOTHING, root: hash(1) };
  const round = { round: 1, question, claimant: same, defender: same };
  expect(nextOf({ agreed: 0, parted: 4 }, [round])).toEqual({ kind: 'fallen' });
});

it('leaves traces of two lengths, and entries of two forms, to the referees', () => {
  const steps = { agreed: 0, parted: 1 };
  const party = { own: 1, step: 0, index: 0, entries: 8 };
  const first = { kind: 'state_root' as const, step: 1, position: null, role: null };
  const roots = {
    round: 1,
    question: first,
    claimant: { ...NOTHING, root: hash(1) },
    defender: { ...NOTHING, root: hash(2) },
  };
  const end = { round: 2, question: { ...first, kind: 'end' as const, step: 0 } };
  const open = { ...end, claimant: null, defender: null };
  const told = (entries: number) => answerOf({ ...party, entries }, open);
  expect(nextOf(steps, [roots, { ...end, claimant: told(8), defender: told(9) }])).toEqual({
    kind: 'refer',
  });
});
