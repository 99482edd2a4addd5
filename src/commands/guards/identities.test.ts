/** Registration in each posture, and keys that follow one another. */
import { describe, expect, it } from 'vitest';
import { consentOf } from '../../events/key-consent.ts';
import { must } from '../../projections/books.ts';
import { identityOf, keyOf } from '../../projections/identities.ts';
import { Desk, keyNamed, NONCE, LEDGER } from '../../testing/desk.ts';
import { RegistryCast, STAKE } from '../../testing/registry-cast.ts';
import { seedNetworkPolicy } from '../network-policy.ts';

const key = keyNamed('w');
const participant = key.actor;

const registering = (cast: RegistryCast, over = {}) =>
  cast.desk.say(key, 'daybook.identity.registered.v1', {
    ...cast.registration('worker', 'w'),
    ...over,
  });
const inviting = (cast: RegistryCast, invitation: string, forMs = 1000) =>
  cast.desk.must(cast.desk.operator, 'daybook.identity.invited.v1', {
    invitation,
    key: participant,
    sponsor: null,
    untilMs: cast.desk.nowMs + forMs,
  });

describe('registration', () => {
  it('makes a member without stake, who may join and gets no work', () => {
    const cast = RegistryCast.open(2, 3);
    cast.register('worker', 'w');
    cast.begin(participant);
    cast.desk.plan();
    cast.desk.tick();
    expect(cast.desk.books.members[participant]?.status).toBe('alive');
    expect(cast.desk.books.rewards.balances[`micro:escrow/${participant}`]).toBeUndefined();
    expect(cast.desk.books.offers?.['r']?.open[participant]).toBeUndefined();
    // With its stake it is asked at once.
    cast.deposit(participant, STAKE, 'bank');
    cast.lock(participant, STAKE);
    expect(cast.desk.books.offers?.['r']?.open[participant]).toBeDefined();
  });

  it('is for the key itself alone', () => {
    const cast = new RegistryCast();
    const data = cast.registration('worker', 'w');
    const other = keyNamed('other');
    expect(cast.desk.say(other, 'daybook.identity.registered.v1', data)).toMatchObject({
      code: 'not_authorised',
    });
  });

  it('of whom the operator admitted adds the recovery key, in every posture', () => {
    for (const posture of ['curated', 'permissioned', 'open'] as const) {
      const cast = new RegistryCast({ posture });
      cast.desk.admit('worker', 'w');
      expect(registering(cast, { role: 'validator' })).toMatchObject({ code: 'not_authorised' });
      expect(registering(cast).ok).toBe(true);
      expect(registering(cast)).toMatchObject({ code: 'already_registered' });
    }
  });

  it('by invitation is for the key invited, once and in time', () => {
    const cast = new RegistryCast({ posture: 'permissioned' });
    inviting(cast, 'late');
    inviting(cast, 'good', 10_000);
    cast.desk.nowMs += 2000;
    // Something moves the clock of the ledger.
    inviting(cast, 'another', 10_000);
    expect(registering(cast, { invitation: 'late' })).toMatchObject({
      code: 'invitation_not_valid',
    });
    const stranger = keyNamed('stranger');
    const data = { ...cast.registration('worker', 'stranger'), invitation: 'good' };
    expect(cast.desk.say(stranger, 'daybook.identity.registered.v1', data)).toMatchObject({
      code: 'invitation_not_valid',
    });
    expect(registering(cast, { invitation: 'good' }).ok).toBe(true);
    expect(cast.desk.books.identity?.invitations['good']?.used).toBe(true);
  });

  it('takes a recovery key that agreed for this identity, in this ledger, to this use', () => {
    const recovery = keyNamed('recovery of w');
    const ledger = { ledger: LEDGER, nonce: NONCE };
    const elsewhere = [
      consentOf(recovery, { ledger: LEDGER, nonce: '0b'.repeat(32) }, participant, 'recovery'),
      consentOf(recovery, { ...ledger, ledger: 'other' }, participant, 'recovery'),
      consentOf(recovery, ledger, keyNamed('other').actor, 'recovery'),
      consentOf(recovery, ledger, participant, 'key'),
    ];
    for (const recoveryConsent of elsewhere)
      expect(registering(new RegistryCast(), { recoveryConsent })).toMatchObject({
        code: 'consent_missing',
      });
  });

  it('takes no recovery key that speaks for somebody', () => {
    const cast = new RegistryCast();
    cast.register('worker', 'known');
    for (const speaking of [key, cast.desk.operator, cast.desk.authority, keyNamed('known')]) {
      const { recoveryKey, recoveryConsent } = cast.registration('worker', 'w', speaking);
      expect(registering(cast, { recoveryKey, recoveryConsent })).toMatchObject({
        code: 'key_taken',
      });
    }
    const recovery = cast.recoveryOf('known');
    const data = {
      ...cast.registration('worker', 'w'),
      participant: recovery.actor,
      recoveryConsent: consentOf(
        cast.recoveryOf('w'),
        cast.desk.books.ledger,
        recovery.actor,
        'recovery',
      ),
    };
    expect(cast.desk.say(recovery, 'daybook.identity.registered.v1', data)).toMatchObject({
      code: 'key_taken',
    });
  });

  it('is not there without its terms', () => {
    const cast = { desk: new Desk().open() } as RegistryCast;
    const data = new RegistryCast().registration('worker', 'w');
    expect(cast.desk.say(key, 'daybook.identity.registered.v1', data)).toMatchObject({
      code: 'registry_not_offered',
    });
  });
});

describe('keys', () => {
  const second = keyNamed('second');
  const third = keyNamed('third');

  it('follow one another, and every one of them is the same participant for ever', () => {
    const cast = RegistryCast.open(1, 0);
    const self = must(cast.workers[0], 'worker').actor;
    cast.rotate(self, cast.keyOf(self), second);
    cast.rotate(self, second, third);
    const { books } = cast.desk;
    expect([self, second.actor, third.actor].map((one) => identityOf(books, one))).toEqual([
      self,
      self,
      self,
    ]);
    expect(keyOf(books, self)).toBe(third.actor);
    expect(cast.begin(self)).toBe(2);
    for (const old of [keyNamed('worker-0'), second])
      expect(
        cast.desk.say(old, 'daybook.stake.locked.v1', { participant: self, amount: '1' }),
      ).toMatchObject({ code: 'key_retired' });
  });

  it('are replaced by the key in force or the recovery key, nobody else', () => {
    const cast = RegistryCast.open(2, 0);
    const [self, other] = cast.workers.map(({ actor }) => actor);
    const data = cast.rotation(must(self, 'worker'), second);
    for (const by of [cast.keyOf(must(other, 'worker')), cast.desk.operator, second])
      expect(cast.desk.say(by, 'daybook.identity.rotated.v1', data)).toMatchObject({
        code: 'not_authorised',
      });
    expect(cast.desk.say(cast.recoveryOf('worker-0'), 'daybook.identity.rotated.v1', data).ok).toBe(
      true,
    );
  });

  it('a new recovery key takes the place of the old one, which is worth nothing then', () => {
    const cast = RegistryCast.open(1, 0);
    const self = must(cast.workers[0], 'worker').actor;
    const safe = keyNamed('another safe');
    const consent = consentOf(safe, cast.desk.books.ledger, self, 'recovery');
    const data = { ...cast.rotation(self, second), recovery: { key: safe.actor, consent } };
    const old = cast.recoveryOf('worker-0');
    cast.desk.must(old, 'daybook.identity.rotated.v1', data);
    const again = cast.rotation(self, third);
    expect(cast.desk.say(old, 'daybook.identity.rotated.v1', again)).toMatchObject({
      code: 'not_authorised',
    });
    expect(cast.desk.say(safe, 'daybook.identity.rotated.v1', again).ok).toBe(true);
  });

  it('cannot be taken from somebody, nor without their consent, nor come back', () => {
    const cast = RegistryCast.open(2, 0);
    const [self, other] = cast.workers.map(({ actor }) => actor) as [never, never];
    const by = cast.recoveryOf('worker-0');
    const rotate = (next: typeof second, over = {}) =>
      cast.desk.say(by, 'daybook.identity.rotated.v1', { ...cast.rotation(self, next), ...over });
    expect(rotate(cast.keyOf(other))).toMatchObject({ code: 'key_taken' });
    expect(rotate(cast.recoveryOf('worker-1'))).toMatchObject({ code: 'key_taken' });
    expect(rotate(cast.desk.operator)).toMatchObject({ code: 'key_taken' });
    expect(rotate(second, { consent: cast.rotation(other, second).consent })).toMatchObject({
      code: 'consent_missing',
    });
    expect(rotate(second).ok).toBe(true);
    expect(rotate(keyNamed('worker-0'))).toMatchObject({ code: 'key_taken' });
  });

  it('of whoever keeps the ledger stay', () => {
    const cast = new RegistryCast();
    const { operator } = cast.desk;
    cast.desk.must(operator, 'daybook.participant.admitted.v1', {
      participant: operator.actor,
      role: 'worker',
      name: 'o',
    });
    const data = cast.rotation(operator.actor, second);
    expect(cast.desk.say(operator, 'daybook.identity.rotated.v1', data)).toMatchObject({
      code: 'not_authorised',
    });
  });

  it('can be replaced when the terms are gone', () => {
    const cast = RegistryCast.open(1, 0);
    const self = must(cast.workers[0], 'worker').actor;
    cast.desk.adopt({ revision: 2 });
    expect(cast.rotate(self, cast.keyOf(self), second)).toHaveLength(1);
  });
});

describe('revocation', () => {
  it('takes the work away, keeps the escrow punishable and gives the rest to the wallet', () => {
    const cast = RegistryCast.running(3, 3, { unbondMs: 5000 });
    const held = must(cast.slots[0], 'slot');
    const gone = cast.assignment(held).participant;
    cast.claim(held);
    const events = cast.revoke(gone);
    expect(events.map(({ type }) => type)).toContain('daybook.assignment.superseded.v1');
    expect(cast.assignment(must(cast.slots[0], 'slot')).participant).not.toBe(gone);
    expect(
      cast.desk.say(cast.keyOf(gone), 'daybook.offer.declined.v1', {
        run: 'r',
        session: 1,
        reason: 'x',
      }),
    ).toMatchObject({ code: 'key_revoked' });
    cast.desk.pass(5000);
    const { balances } = cast.desk.books.rewards;
    expect(balances[`micro:participant/${gone}`]).toEqual({
      debits: STAKE,
      credits: String(2n * BigInt(STAKE)),
    });
    expect(balances[`micro:escrow/${gone}`]).toEqual({ debits: STAKE, credits: STAKE });
  });

  it('is the word of the operator or the recovery key, and the last one', () => {
    const cast = RegistryCast.open(1, 0);
    const self = must(cast.workers[0], 'worker').actor;
    const data = { participant: self, reason: 'lost' };
    expect(cast.desk.say(cast.keyOf(self), 'daybook.identity.revoked.v1', data)).toMatchObject({
      code: 'not_authorised',
    });
    cast.revoke(self, cast.recoveryOf('worker-0'));
    const again = cast.rotation(self, keyNamed('second'));
    expect(
      cast.desk.say(cast.recoveryOf('worker-0'), 'daybook.identity.rotated.v1', again),
    ).toMatchObject({ code: 'key_revoked' });
    expect(cast.desk.say(cast.desk.operator, 'daybook.identity.revoked.v1', data)).toMatchObject({
      code: 'key_revoked',
    });
  });

  it('reaches who was only admitted', () => {
    const cast = new RegistryCast();
    const admitted = cast.desk.admit('worker', 'w');
    cast.revoke(admitted.actor);
    expect(
      cast.desk.say(admitted, 'daybook.stake.locked.v1', { participant, amount: '1' }),
    ).toMatchObject({ code: 'key_revoked' });
  });
});

it('the terms of a small network can be adopted', () => {
  expect(new Desk().open({ registry: seedNetworkPolicy.registry }).books.policy?.registry).toEqual(
    seedNetworkPolicy.registry,
  );
});
