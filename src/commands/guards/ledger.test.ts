/** Policies that contradict themselves, each alone, and those that only just do not. */
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../projections/books.ts';
import { Desk, keyNamed, LEDGER, NONCE } from '../../testing/desk.ts';
import { openingOf } from '../opening.ts';
import { seedNetworkPolicy } from '../network-policy.ts';
import { adoptionOf } from '../policy-adoption.ts';
import { seedPolicy } from '../seed-policy.ts';

function opened(): Desk {
  const desk = new Desk();
  const opening = openingOf(LEDGER, desk.authority.actor, desk.operator.actor, NONCE);
  desk.must(desk.authority, opening.type, opening.data);
  return desk;
}

const { liveness, validation, promotion } = seedPolicy;
const adopted = (over: Partial<Policy>) => {
  const desk = opened();
  return desk.say(desk.operator, 'daybook.policy.adopted.v1', { ...seedPolicy, ...over });
};

describe('a policy', () => {
  const contradictions: [string, Partial<Policy>][] = [
    ['staleAfterMs', { liveness: { ...liveness, staleAfterMs: liveness.heartbeatMs } }],
    ['expireAfterMs', { liveness: { ...liveness, expireAfterMs: liveness.staleAfterMs } }],
    ['leaseMs', { liveness: { ...liveness, leaseMs: liveness.renewBeforeMs } }],
    ['renewBeforeMs', { liveness: { ...liveness, renewBeforeMs: liveness.heartbeatMs } }],
    ['quorum', { validation: { ...validation, quorum: validation.panelSize + 1 } }],
    ['rejectGainBps', { promotion: { ...promotion, rejectGainBps: promotion.acceptGainBps } }],
  ];
  it.each(contradictions)('that contradicts itself in %s is refused by name', (name, over) => {
    expect(adopted(over)).toMatchObject({
      code: 'policy_inconsistent',
      message: expect.stringContaining(name) as string,
    });
  });

  it('that counts scores by a stake which nobody has is refused', () => {
    const { scoring, registry } = seedNetworkPolicy;
    const rewards = { ...seedPolicy.rewards, stake: '0' };
    const adoptedWith = (over: Partial<Policy>) => {
      const desk = opened();
      const { type, data } = adoptionOf({ ...seedPolicy, rewards, scoring, ...over });
      return desk.say(desk.operator, type, data);
    };
    expect(adoptedWith({})).toMatchObject({ code: 'policy_inconsistent' });
    expect(adoptedWith({ registry })).toMatchObject({ ok: true });
  });

  it('at its narrowest is adopted', () => {
    const narrow: Partial<Policy> = {
      liveness: {
        heartbeatMs: 1,
        staleAfterMs: 2,
        expireAfterMs: 3,
        renewBeforeMs: 2,
        leaseMs: 3,
        drainMs: 1,
      },
      validation: { ...validation, panelSize: 1, quorum: 1 },
      promotion: { acceptGainBps: 0, rejectGainBps: -1 },
    };
    expect(adopted(narrow)).toMatchObject({ ok: true });
  });

  it('follows the one before it, one by one', () => {
    const desk = opened();
    const adopt = (revision: number) =>
      desk.say(desk.operator, 'daybook.policy.adopted.v1', { ...seedPolicy, revision });
    expect(adopt(2)).toMatchObject({ code: 'policy_revision_out_of_step' });
    expect(adopt(1)).toMatchObject({ ok: true });
    expect(adopt(1)).toMatchObject({ code: 'policy_revision_out_of_step' });
    expect(adopt(2)).toMatchObject({ ok: true });
    expect(desk.books.policy?.revision).toBe(2);
  });
});

it('a ledger is opened by the key that will sequence it, and by no other', () => {
  const desk = new Desk();
  const { type, data } = openingOf(LEDGER, desk.authority.actor, desk.operator.actor, NONCE);
  expect(desk.say(keyNamed('usurper'), type, data)).toMatchObject({
    code: 'not_authorised',
  });
  expect(desk.say(desk.authority, type, data)).toMatchObject({ ok: true });
});
