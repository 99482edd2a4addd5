/** The law about the model: where the honest prevail, training makes it better. */
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { WindowBook } from '../../projections/books.ts';
import { currentAssignments, must, policyOf, windowKey } from '../../projections/books.ts';
import { isLastStage } from '../../projections/grouped-stages.ts';
import type { LawOf, Sight } from '../law.ts';

/** More than half of what counts is what its author was to compute. */
function isHonestMajority(window: WindowBook, { books, truth }: Sight): boolean {
  const counted = currentAssignments(window)
    .filter(isLastStage)
    .filter(({ counted: delta }) => delta !== null);
  const honest = counted.filter(
    ({ assignment, counted: delta }) => delta === truth.deltaOf(books, assignment),
  );
  return 2 * honest.length > counted.length;
}

export const honestModelImproves: LawOf = {
  name: 'model-improves',
  doc: 'Each window in which a quorum reported and most of what counted was honest is promoted, and after them the held-out loss, measured here, is below that of the first revision.',
  make: (breached) => {
    const hopeful = new Set<string>();
    return {
      see: (event, sight) => {
        // Taken back by a council: what comes after is held against the first revision again.
        if (event.type === 'daybook.checkpoint.restored.v1') hopeful.delete(event.data.run);
        if (event.type !== 'daybook.promotion.decided.v1' || event.data.gainBps === null) return;
        const { run, window, decision, gainBps } = event.data;
        const key = windowKey(run, window);
        const book = must(sight.books.windows[key], 'window');
        if (!isHonestMajority(book, sight)) return;
        // A council may ask for more than honest work brings.
        const { acceptGainBps } = policyOf(sight.books, book).promotion;
        if (gainBps < acceptGainBps && acceptGainBps > seedPolicy.promotion.acceptGainBps) return;
        if (decision !== 'promoted_revision')
          breached(
            `window ${window} is honest for the most part, and ${decision} at ${gainBps} bps`,
          );
        hopeful.add(run);
      },
      end: ({ books, truth }, completed) => {
        if (!completed) return;
        for (const run of hopeful) {
          const { revisions } = must(books.runs[run], run);
          const [first, last] = [revisions[0], revisions.at(-1)].map((revision) =>
            truth.lossOf(must(revision, 'revision').checkpoint.digest),
          );
          // A store that lost the model has nothing to measure.
          if (first === null || last === null) continue;
          if (must(last, 'loss') >= must(first, 'loss'))
            breached(`the loss of ${run} went from ${first} to ${last}`);
        }
      },
    };
  },
};
