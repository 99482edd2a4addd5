/** The chain of stages that a slot was worked on in: what each began with, came to, and was found to be. */
import type { Assignment, Disposition } from '../../projections/books.ts';
import { must, windowKeyOf } from '../../projections/books.ts';
import { heldIn } from '../../projections/grouped-stages.ts';
import type { Evidence } from './chronicle.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface StageLine extends Party {
  readonly assignment: string;
  readonly sequence: number;
  /** Counted from 1. */
  readonly stage: number;
  readonly stages: number;
  readonly fromStep: number;
  readonly steps: number;
  readonly input: string;
  /** What it was bound to; null: nothing yet. */
  readonly output: string | null;
  /** Whether what it began with was found to be wrong. */
  readonly inputRefused: boolean;
  readonly disposition: Disposition | null;
  readonly counted: string | null;
}

/** In the order of work; none where the slot is not in stages. */
export function stageLines({ books }: Evidence, held: Assignment): StageLine[] {
  if (held.stage === undefined) return [];
  const window = must(books.windows[windowKeyOf(held.assignment)], 'window');
  return heldIn(window)
    .filter(({ slot }) => slot === held.slot)
    .map((one) => {
      const { index, count, firstStep, steps, input } = must(one.stage, 'stage');
      return {
        ...partyOf(books, one.participant),
        assignment: one.assignment,
        sequence: one.sequence,
        stage: index + 1,
        stages: count,
        fromStep: firstStep,
        steps,
        input,
        output: one.submission?.delta.digest ?? null,
        inputRefused: one.refusedInput !== undefined,
        disposition: one.disposition,
        counted: one.counted,
      };
    });
}
