/** What grows with a window comes in pages, and the pages together are the whole window. */
import { describe, expect, it } from 'vitest';
import { wholeStory } from '../../testing/story.ts';
import { assignmentsPage, verdictsPage, windowSummary } from './window-pages.ts';
import { windowView } from './window.ts';

const { books } = wholeStory().desk;
const windows = Object.values(books.windows);

/** Every page of a length, one after the other. */
function all<Row>(
  page: (span: { from: number; limit: number }) => { total: number; rows: readonly Row[] },
  limit: number,
): Row[] {
  const rows: Row[] = [];
  for (let from = 0; from < page({ from: 0, limit }).total; from += limit)
    rows.push(...page({ from, limit }).rows);
  return rows;
}

describe('the pages of a window', () => {
  it.each([1, 2, 100])('hold its assignments and verdicts, %i at a time', (limit) => {
    expect(windows.length).toBeGreaterThan(2);
    for (const window of windows) {
      const whole = windowView(books, window);
      expect(all((span) => assignmentsPage(books, window, span), limit)).toEqual(
        whole.assignments.map(({ challenge, ...row }) => ({
          ...row,
          challenged: challenge?.sequence ?? null,
        })),
      );
      const verdicts = all((span) => verdictsPage(books, window, span), limit);
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(
        whole.assignments.flatMap(({ challenge }) => challenge?.verdicts ?? []),
      );
      for (const { slot, contributor, delta, verdict } of verdicts) {
        const judged = whole.assignments.find(({ challenge }) =>
          challenge?.verdicts.some(({ sequence }) => sequence === verdict.sequence),
        );
        expect([slot, contributor, delta]).toEqual([
          judged?.slot,
          judged?.participant,
          judged?.submission?.delta ?? null,
        ]);
      }
    }
  });

  it('are not in what is sent of it each time, nor is a standby of thousands', () => {
    const [window] = windows;
    if (window === undefined) throw new Error('the story has windows');
    const [one] = window.contributors;
    if (one === undefined) throw new Error('somebody contributes');
    const wide = windowSummary(books, {
      ...window,
      standby: Array.from({ length: 9000 }, () => one),
    });
    expect(wide).not.toHaveProperty('assignments');
    expect(wide.standbyTotal).toBe(9000);
    expect(wide.standby.length).toBeLessThan(100);
  });
});
