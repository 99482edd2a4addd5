/** Laws of the ladder: it only climbs, and what is merely observed never takes anything. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offenceKind } from '../../../events/catalogue/offence.ts';
import { RUNGS } from '../../../events/catalogue/policy/ladder.ts';
import type { OffenceKind } from '../../../projections/offence-book.ts';
import { LADDER } from '../../../testing/offence-case.ts';
import { isSlashable, rungOf } from './ladder.ts';

const kinds = offenceKind.schema['enum'] as readonly OffenceKind[];
const rung = fc.constantFrom(...RUNGS);
const ladders = fc
  .record({
    first: fc.record({ work: rung, verdict: rung, signature: rung }),
    warnings: fc.nat(4),
  })
  .map((some) => ({ ...LADDER, ...some }));

describe('the ladder', () => {
  it('never goes down with more offences', () => {
    fc.assert(
      fc.property(ladders, fc.constantFrom(...kinds), fc.nat(8), (ladder, kind, count) => {
        const here = RUNGS.indexOf(rungOf(ladder, kind, count + 1));
        expect(RUNGS.indexOf(rungOf(ladder, kind, count + 2))).toBeGreaterThanOrEqual(here);
      }),
    );
  });

  it('slashes in the end what can be proved, and nothing else', () => {
    fc.assert(
      fc.property(ladders, fc.constantFrom(...kinds), (ladder, kind) => {
        expect(rungOf(ladder, kind, 1000) === 'slashed').toBe(isSlashable(kind));
      }),
    );
  });

  it('warns as often as the policy says, then climbs a rung with each offence', () => {
    const gentle = {
      ...LADDER,
      warnings: 2,
      first: { work: 'warned', verdict: 'quarantined', signature: 'slashed' },
    } as const;
    const climb = (kind: OffenceKind) =>
      [1, 2, 3, 4, 5, 6].map((count) => rungOf(gentle, kind, count));
    expect(climb('altered_delta')).toEqual([
      'warned',
      'warned',
      'deweighted',
      'quarantined',
      'slashed',
      'slashed',
    ]);
    expect(climb('false_verdict').slice(0, 3)).toEqual(['quarantined', 'slashed', 'slashed']);
    expect(climb('dead_lease').slice(1, 5)).toEqual([
      'warned',
      'deweighted',
      'deweighted',
      'deweighted',
    ]);
    expect(rungOf({ ...gentle, warnings: 0 }, 'dead_lease', 1)).toBe('deweighted');
  });
});
