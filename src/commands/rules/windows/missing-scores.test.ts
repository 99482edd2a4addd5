/** Validators that owe their scores: on record under a ladder, and never more than de-weighted. */
import { describe, expect, it } from 'vitest';
import type { SigningKey } from '../../../events/nkey.ts';
import { offencesOf, LADDER } from '../../../testing/offence-case.ts';
import { gain, ScoringCase, TERMS } from '../../../testing/scoring-case.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { escrowOf } from '../money/accounts.ts';
import { balanceOf } from '../../../projections/balances.ts';

const HONEST = [gain(300), gain(100)];
const SILENT = { ladder: { ...LADDER, warnings: 0 }, scoring: { ...TERMS, quorumBps: 3000 } };

const started = (policy: Parameters<typeof ScoringCase.started>[0] = SILENT): ScoringCase =>
  ScoringCase.started(policy, { windows: 3 }).judged();
const validatorsOf = ({ cast }: ScoringCase) =>
  cast.validators as [SigningKey, SigningKey, SigningKey];
const kindsOf = ({ desk }: ScoringCase, key: SigningKey): string[] =>
  offencesOf(desk, key).map(({ kind }) => kind);

describe('a validator whose scores are missing', () => {
  it('is de-weighted, whether it did not commit or did not show them; nothing is taken', () => {
    const told = started();
    const [one, two, three] = validatorsOf(told);
    told.commit(one, HONEST);
    told.commit(two, HONEST);
    told.wait(TERMS.commitMs);
    told.reveal(one, HONEST);
    told.wait(TERMS.revealMs);
    expect(offencesOf(told.desk, one)).toEqual([]);
    for (const key of [two, three])
      expect(offencesOf(told.desk, key)).toMatchObject([
        {
          offence: `missing-scores/r/0/${key.actor}`,
          kind: 'missing_scores',
          rung: 'deweighted',
          parties: [key.actor],
          taken: [],
        },
      ]);
    expect(balanceOf(told.desk.books, 'micro', escrowOf(two.actor))).toBe(
      BigInt(seedPolicy.rewards.stake),
    );
  });

  it('climbs no further, however often', () => {
    const told = started();
    const [one, , three] = validatorsOf(told);
    for (let window = 0; window < 3; window += 1) {
      if (window > 0) told.judged();
      told.cast.aggregate(4_000_000 - window * 100_000, 3_900_000 - window * 100_000);
      told.score([HONEST, HONEST], window);
      told.desk.tick();
    }
    expect(kindsOf(told, one)).toEqual([]);
    expect(offencesOf(told.desk, three).map(({ rung }) => rung)).toEqual([
      'deweighted',
      'deweighted',
      'deweighted',
    ]);
    expect(told.desk.books.members[three.actor]?.quarantine).toEqual({});
  });

  it('is not one who committed where too few others did', () => {
    const told = started({ ...SILENT, scoring: { ...TERMS, quorumBps: 6000 } });
    const [one, two, three] = validatorsOf(told);
    told.commit(one, HONEST);
    told.wait(TERMS.commitMs);
    const failed = told.desk.events.find(({ type }) => type === 'daybook.consensus.failed.v1');
    expect(failed?.data).toMatchObject({ reason: 'commitments_short' });
    expect([one, two, three].map((key) => kindsOf(told, key))).toEqual([
      [],
      ['missing_scores'],
      ['missing_scores'],
    ]);
  });

  it('is nobody without a ladder', () => {
    const told = started({ scoring: SILENT.scoring });
    told.wait(TERMS.commitMs);
    expect(told.desk.books.offences).toBeUndefined();
  });
});
