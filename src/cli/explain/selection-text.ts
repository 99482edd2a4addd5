/** A window's selection explained on a terminal. */
import type { SelectionExplanation } from '../../roles/explain/selection.ts';
import { colour, facts, grouped, table } from '../terminal/output.ts';
import { windowDrawRows } from './draw-text.ts';
import { heading, mark } from './entry-mark.ts';

export function selectionText({ run, window, draw, selection }: SelectionExplanation): string {
  const parts = [
    `${colour.bold(`${run}/${window}`)}: who got its slots`,
    heading('the draw'),
    facts(windowDrawRows(draw)),
  ];
  if (selection === null)
    return [...parts, '', 'everybody eligible was drawn, in the order of the seed'].join('\n');
  const { sequence, policy, population, eligible, passedOver, chosen } = selection;
  const passed = Object.entries(passedOver).filter(([, count]) => count > 0);
  return [
    ...parts,
    heading('the selection'),
    facts([
      ['selected', `${mark(sequence)} by the policy of ${mark(policy)}`],
      ['out of', `${grouped(population)} workers, ${grouped(eligible)} of them could be drawn`],
      [
        'passed over',
        passed.map(([why, count]) => `${grouped(count)} ${why}`).join(', ') || 'nobody',
      ],
    ]),
    '',
    table(
      ['who', 'by', 'rating less three deviations', 'rated in'],
      chosen.map((one) => [
        one.name,
        one.by,
        (one.ordinalMicro / 1e6).toFixed(3),
        one.rated === null ? 'newcomer' : mark(one.rated),
      ]),
    ),
  ].join('\n');
}
