/**
 * The law about finding out: what is provably false is caught in time. "In time" is told by the policy:
 * what it draws for recomputation is judged in its own window, and its author is quarantined before
 * the window after has been reconciled; what it does not draw it does not promise to find.
 */
import type { Assignment, Books, WindowBook } from '../../projections/books.ts';
import { must, policyOf, windowKey } from '../../projections/books.ts';
import { submittedIn } from '../../projections/grouped-stages.ts';
import type { LawOf } from '../law.ts';
import type { Truth } from '../truth.ts';

interface Cheat {
  readonly assignment: string;
  readonly author: string;
  /** Whose reconciliation it must not outlast. */
  readonly untilWindow: number;
}

function isFalse(books: Books, truth: Truth, { assignment, submission }: Assignment): boolean {
  const honest = truth.honestOf(books, assignment);
  return honest !== undefined && submission?.delta.digest !== honest;
}

/** Two slots, one delta: at most one of them is its author's, and that is seen without computing. */
const isCopied = (window: WindowBook, { assignment, submission }: Assignment): boolean =>
  submittedIn(window).some(
    (other) =>
      other.assignment !== assignment &&
      other.submission?.delta.digest === submission?.delta.digest,
  );

export const cheatsAreCaught: LawOf = {
  name: 'cheats-caught',
  doc: 'Every false delta that the policy draws, and every copied one, is judged in its window and its author quarantined, or convicted where offences have a ladder, before the next is over.',
  make: (breached) => {
    const quarantined = new Map<string, number>();
    const open = new Map<string, Cheat[]>();
    return {
      see: (event, { books, truth }) => {
        // Under a ladder the first rung may be a lower one.
        if (
          event.type === 'daybook.participant.quarantined.v1' ||
          event.type === 'daybook.offence.found.v1'
        )
          quarantined.set(event.data.participant, event.sequence);
        if (event.type !== 'daybook.window.reconciled.v1') return;
        const { run } = event.data;
        const window = must(books.windows[windowKey(run, event.data.window)], 'window');
        const { auditRateBps } = policyOf(books, window).validation;
        const cheats = [...(open.get(run) ?? [])];
        for (const held of submittedIn(window)) {
          if (!isFalse(books, truth, held)) continue;
          const { assignment, participant, challenge, disposition, resolvedSequence } = held;
          if (challenge === null && (auditRateBps === 10_000 || isCopied(window, held)))
            breached(`${assignment} is false and nobody looked at it`);
          if (disposition !== 'rejected') continue;
          if ((quarantined.get(participant) ?? -1) < must(resolvedSequence, 'resolution'))
            cheats.push({ assignment, author: participant, untilWindow: window.window + 1 });
        }
        const left = cheats.filter(({ author }) => !quarantined.has(author));
        const late = left.find(({ untilWindow }) => untilWindow <= window.window);
        if (late !== undefined)
          breached(`${late.assignment} is false, and ${late.author} at work a window later`);
        open.set(run, left);
      },
      end: (_sight, completed) => {
        const left = completed ? [...open.values()].flat()[0] : undefined;
        if (left !== undefined) breached(`${left.author} was never caught for ${left.assignment}`);
      },
    };
  },
};
