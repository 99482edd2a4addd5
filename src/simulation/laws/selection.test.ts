/** The law of bounded shares finds what it is there for. */
import { expect, it } from 'vitest';
import type { EventOf } from '../../events/catalogue.ts';
import { Cast } from '../../testing/cast.ts';
import { drawScenario, FULL_SIZE, NO_TROUBLE } from '../scenario.ts';
import type { Sight } from '../law.ts';
import { boundedShares } from './selection.ts';

function lawOver(
  cast: Cast,
): (change: Partial<EventOf<'daybook.assignment.issued.v1'>['data']>) => void {
  const law = boundedShares.make((message) => {
    throw new Error(message);
  });
  const sight = { books: cast.desk.books } as Sight;
  for (const event of cast.desk.events) law.see?.(event, sight);
  const issued = cast.desk.events.find(
    (event) => event.type === 'daybook.assignment.issued.v1',
  ) as EventOf<'daybook.assignment.issued.v1'>;
  return (change) => law.see?.({ ...issued, data: { ...issued.data, ...change } }, sight);
}

it('says when one identity holds more slots than its cluster may', () => {
  const cast = Cast.network({ staged: false });
  const [first, second] = cast.window.contributors as [never, never];
  const see = lawOver(cast);
  expect(() => see({ slot: 0, participant: first })).not.toThrow();
  expect(() => see({ slot: 0, participant: second })).toThrow('holds 2 slots');
});

it('says when canaries hold more slots than they may', () => {
  const cast = Cast.network({});
  const [first] = cast.window.contributors as [never];
  const other = cast.workers.find(({ actor }) => actor !== first)?.actor as never;
  const see = lawOver(cast);
  expect(() => see({ slot: 1, participant: other })).toThrow('canaries hold 2 slots');
});

it('is put to the test: some scenarios are meshes with stages, some are not', () => {
  const policies = Array.from(
    { length: 30 },
    (_, seed) => drawScenario(String(seed), FULL_SIZE, NO_TROUBLE).policy,
  );
  expect(policies.filter(({ admission }) => admission !== undefined).length).toBeGreaterThan(3);
  expect(policies.filter(({ mesh }) => mesh === undefined).length).toBeGreaterThan(3);
});
