/** A stake deters exactly where a cheat's expected gain is not above its expected loss. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Desk, testPlan } from '../testing/desk.ts';
import { LADDER } from '../testing/offence-case.ts';
import { deterrentStake } from './deterrence.ts';
import { seedPolicy } from './seed-policy.ts';

const shape = { windows: 4, slots: 2 };
const policyOf = (auditRateBps: number, slashBps: number, pool = 1_000_000, stake = '0') => ({
  ...seedPolicy,
  validation: { ...seedPolicy.validation, auditRateBps },
  rewards: { ...seedPolicy.rewards, pool: String(pool), stake },
  ladder: { ...LADDER, slashBps },
});

describe('the least stake that deters', () => {
  it('balances gain and loss', () => {
    const policies = fc.tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 1e9 }),
    );
    fc.assert(
      fc.property(policies, ([auditBps, slashBps, pool]) => {
        const least = deterrentStake(policyOf(auditBps, slashBps, pool), shape);
        const p = auditBps / 10_000;
        const gain = (pool * 0.8) / 8;
        const needed = (gain * (1 - p)) / p / (slashBps / 10_000);
        expect(Math.abs(Number(least) - needed)).toBeLessThanOrEqual(1 + needed * 1e-9);
      }),
    );
  });

  it('is nothing where all is looked at or nothing is paid, and none where nothing is', () => {
    expect(deterrentStake(policyOf(10_000, 2500), shape)).toBe(0n);
    expect(deterrentStake(policyOf(5000, 2500, 0), shape)).toBe(0n);
    expect(deterrentStake(policyOf(0, 2500), shape)).toBeNull();
    expect(deterrentStake(policyOf(5000, 0), shape)).toBeNull();
  });

  it('is what a plan is held to', () => {
    const planned = (stake: bigint) => {
      const desk = new Desk().open().plan();
      desk.adopt({ ...policyOf(2000, 2500, 1_000_000, stake.toString()), revision: 2 });
      return desk.say(desk.operator, 'daybook.run.planned.v1', {
        ...testPlan,
        ...shape,
        run: 'another',
      });
    };
    const least = deterrentStake(policyOf(2000, 2500), shape) ?? 0n;
    expect(planned(least)).toMatchObject({ ok: true });
    expect(planned(least - 1n)).toMatchObject({ ok: false, code: 'stake_does_not_deter' });
  });
});
