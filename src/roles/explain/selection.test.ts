/** Why these and not others: told from the entries of a mesh, and of a run without one. */
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { emptyBooks } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import type { Desk } from '../../testing/desk.ts';
import { LEDGER } from '../../testing/desk.ts';
import { meshStory } from '../../testing/stories/mesh.ts';
import { wholeStory } from '../../testing/story.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import { explainSelection } from './selection.ts';
import { tellSelection } from './telling/selection.ts';

function evidenceOf({ events, state }: Desk): Evidence {
  const books = emptyBooks(LEDGER);
  const chronicle = new Chronicle();
  for (const event of events) {
    foldWhole(books, event);
    chronicle.observe(event);
  }
  return { books, roots: state.roots, chronicle };
}

const at = (desk: Desk, sequence: number | null): LedgerEvent | undefined =>
  desk.events.find((event) => event.sequence === sequence);

it('names everybody who was chosen, why, and the entry that its rating rests on', () => {
  const desk = meshStory();
  const told = explainSelection(evidenceOf(desk), 'r/6');
  if (told._tag === 'Left') throw new Error(told.left);
  const { draw, selection } = told.right;
  expect(draw.seedHolds).toBe(true);
  const drawn = desk.events.find(
    (event) => event.type === 'daybook.selection.drawn.v1' && event.data.window === 6,
  );
  expect(selection?.sequence).toBe(drawn?.sequence);
  expect(at(desk, selection?.policy ?? null)?.type).toBe('daybook.policy.adopted.v3');
  const chosen = selection?.chosen ?? [];
  expect(chosen.map(({ participant }) => participant)).toEqual(
    drawn?.type === 'daybook.selection.drawn.v1'
      ? drawn.data.chosen.map(({ participant }) => participant)
      : [],
  );
  const rated = chosen.flatMap((one) => one.rated ?? []);
  expect(rated.length).toBeGreaterThan(0);
  for (const sequence of rated) expect(at(desk, sequence)?.type).toBe('daybook.rating.updated.v1');
  const shown = tellSelection(told.right).parts.flatMap(({ blocks }) =>
    blocks.flatMap((block) => ('rows' in block ? block.rows : [])),
  );
  expect(shown.map(([who, by]) => [who, by])).toEqual(
    chosen.map(({ participant, name, by }) => [[{ party: { participant, name } }], [by]]),
  );
});

it('of a run without a mesh is the draw alone; of no window it says so', () => {
  const evidence = evidenceOf(wholeStory().desk);
  expect(explainSelection(evidence, 'r/0')).toMatchObject({ right: { selection: null } });
  expect(explainSelection(evidence, 'r/99')).toMatchObject({ left: 'there is no window r/99' });
  expect(explainSelection(evidence, 'r')._tag).toBe('Left');
});
