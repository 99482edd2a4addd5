/** Why these and not others got the slots of a window, told. */
import { grouped } from '../../figures.ts';
import type { SelectionExplanation } from '../selection.ts';
import { windowDrawFacts } from './draws.ts';
import type { Telling } from './telling.ts';
import { entry, facts, part, party, table, telling, text, toned } from './telling.ts';

export const tellSelection = (explained: SelectionExplanation): Telling =>
  telling(
    [toned('strong', `${explained.run}/${explained.window}`), ': who got its slots'],
    [
      part(
        'the draw',
        facts(windowDrawFacts(explained.draw)),
        explained.selection === null
          ? text('everybody eligible was drawn, in the order of the seed')
          : null,
      ),
      explained.selection === null ? null : selectionPart(explained.selection),
    ],
  );

function selectionPart(selection: NonNullable<SelectionExplanation['selection']>) {
  const { sequence, policy, population, eligible, passedOver, chosen } = selection;
  const passed = Object.entries(passedOver).filter(([, count]) => count > 0);
  return part(
    'the selection',
    facts([
      ['selected', [entry(sequence), ' by the policy of ', entry(policy)]],
      ['out of', [`${grouped(population)} workers, ${grouped(eligible)} of them could be drawn`]],
      [
        'passed over',
        [passed.map(([why, count]) => `${grouped(count)} ${why}`).join(', ') || 'nobody'],
      ],
    ]),
    table(
      ['who', 'by', 'rating less three deviations', 'rated in'],
      chosen.map((one) => [
        [party(one)],
        [one.by],
        [(one.ordinalMicro / 1e6).toFixed(3)],
        [one.rated === null ? 'newcomer' : entry(one.rated)],
      ]),
    ),
  );
}
