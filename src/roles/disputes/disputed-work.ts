/** The contribution that is disputed, with its bytes, out of the books. */
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { Tools } from '../recompute.ts';
import { assignedWork } from '../work-spec.ts';
import type { DisputedWork } from './answer-question.ts';

export async function disputedWork(
  { artifacts, datasets }: Tools,
  books: Books,
  assignment: string,
): Promise<DisputedWork> {
  const { plan, window, spec, pages } = assignedWork(books, assignment);
  const dataset = await datasets.open(must(books.datasets[plan.dataset], plan.dataset));
  return {
    spec,
    checkpoint: await artifacts.get(window.checkpoint),
    pages: pages.map((page) => dataset.page(page)),
  };
}
