/**
 * A window in a line: how many contributions came to what, the ones that did not go well by name, and
 * what was decided. The whole of it is the window view.
 */
import type { Assignment, Books, WindowBook } from '../../projections/books.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import type { WindowView } from './window.ts';

export interface MishapView {
  readonly assignment: string;
  readonly participant: Party;
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly judges: readonly Party[];
}

export interface WindowRow extends Pick<
  WindowView,
  | 'run'
  | 'window'
  | 'sequence'
  | 'state'
  | 'revision'
  | 'sealedMs'
  | 'promotion'
  | 'lossBeforeMicroNats'
  | 'lossAfterMicroNats'
> {
  /** How many assignments, by disposition where there is one, else by state; by word. */
  readonly outcomes: readonly { readonly outcome: string; readonly count: number }[];
  /** The first few that were rejected, taken back or not settled. */
  readonly mishaps: readonly MishapView[];
  /** All of them. */
  readonly mishapsTotal: number;
  /** Of all submissions. */
  readonly tokens: number;
}

const MISHAPS_SHOWN = 3;
const MISHAPS = new Set(['rejected', 'replay_required', 'quarantined', 'superseded']);

export function windowRow(books: Books, window: WindowBook): WindowRow {
  const assignments = Object.values(window.assignments).sort(
    (a, b) => a.slot - b.slot || a.attempt - b.attempt,
  );
  const counts = new Map<string, number>();
  for (const one of assignments) counts.set(outcomeOf(one), (counts.get(outcomeOf(one)) ?? 0) + 1);
  const mishaps = assignments.filter((one) => MISHAPS.has(outcomeOf(one)));
  const { promotion } = window;
  return {
    run: window.run,
    window: window.window,
    sequence: window.sequence,
    state: window.state,
    revision: window.revision,
    sealedMs: window.sealedMs,
    promotion: promotion === null ? null : { ...promotion, reasons: [...promotion.reasons] },
    lossBeforeMicroNats: window.lossBeforeMicroNats,
    lossAfterMicroNats: window.lossAfterMicroNats,
    outcomes: [...counts]
      .map(([outcome, count]) => ({ outcome, count }))
      .sort((a, b) => (a.outcome < b.outcome ? -1 : 1)),
    mishaps: mishaps.slice(0, MISHAPS_SHOWN).map((one) => mishapView(books, one)),
    mishapsTotal: mishaps.length,
    tokens: assignments.reduce((sum, { submission }) => sum + (submission?.tokens ?? 0), 0),
  };
}

const outcomeOf = ({ disposition, state }: Assignment): string => disposition ?? state;

const mishapView = (books: Books, assignment: Assignment): MishapView => ({
  assignment: assignment.assignment,
  participant: partyOf(books, assignment.participant),
  outcome: outcomeOf(assignment),
  reasons: [...assignment.reasons],
  judges: (assignment.challenge?.verdicts ?? []).map(({ validator }) => partyOf(books, validator)),
});
