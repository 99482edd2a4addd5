/** Sessions: one speaks for itself, in its last session, while it holds a lease. */
import { describe, expect, it } from 'vitest';
import type { SigningKey } from '../../events/nkey.ts';
import { Desk } from '../../testing/desk.ts';

function joined(): { desk: Desk; key: SigningKey; other: SigningKey } {
  const desk = new Desk().open();
  const key = desk.admit('worker', 'w');
  const other = desk.admit('worker', 'other');
  desk.join(key);
  return { desk, key, other };
}

const said = (desk: Desk, key: SigningKey, participant: SigningKey, session: number) => {
  const about = { participant: participant.actor, session };
  return [
    desk.say(key, 'daybook.participant.heartbeated.v1', { ...about, beat: 1 }),
    desk.say(key, 'daybook.participant.draining.v1', about),
    desk.say(key, 'daybook.participant.left.v1', { ...about, reason: 'shutdown' }),
  ];
};
const all = (code: string) => Array.from({ length: 3 }, () => expect.objectContaining({ code }));

describe('a node', () => {
  it('does not speak for another', () => {
    const { desk, key, other } = joined();
    expect(said(desk, other, key, 1)).toEqual(all('not_authorised'));
    expect(
      desk.say(other, 'daybook.participant.joined.v1', {
        participant: key.actor,
        session: 2,
        computeClass: 'exact',
        backend: 'test',
        software: 'test',
      }),
    ).toMatchObject({ code: 'not_authorised' });
  });

  it('of a validator is of the exact class', () => {
    const desk = new Desk().open();
    const validator = desk.admit('validator', 'v');
    const joining = (computeClass: 'exact' | 'tolerant') =>
      desk.say(validator, 'daybook.participant.joined.v1', {
        participant: validator.actor,
        session: 1,
        computeClass,
        backend: 'test',
        software: 'test',
      });
    expect(joining('tolerant')).toMatchObject({ ok: false, code: 'compute_class_mismatch' });
    expect(joining('exact')).toMatchObject({ ok: true });
  });

  it('is nothing before it has joined', () => {
    const { desk, other } = joined();
    expect(said(desk, other, other, 1)).toEqual(all('session_over'));
  });

  it('is only its last session', () => {
    const { desk, key } = joined();
    desk.join(key);
    expect(said(desk, key, key, 1)).toEqual(all('session_over'));
    expect(said(desk, key, key, 3)).toEqual(all('session_over'));
    expect(said(desk, key, key, 2)[0]).toMatchObject({ ok: true });
  });

  it('comes back from silence as long as it is only stale', () => {
    const { desk, key } = joined();
    desk.pass(15_000);
    expect(desk.books.members[key.actor]?.status).toBe('stale');
    desk.heartbeat(key, 1);
    expect(desk.books.members[key.actor]?.status).toBe('alive');
  });

  it('needs a new session once it has expired, and after it has left', () => {
    const { desk, key } = joined();
    desk.pass(30_000);
    expect(desk.books.members[key.actor]?.status).toBe('expired');
    expect(said(desk, key, key, 1)).toEqual(all('session_over'));
    desk.join(key);
    desk.must(key, 'daybook.participant.left.v1', {
      participant: key.actor,
      session: 2,
      reason: 'shutdown',
    });
    expect(said(desk, key, key, 2)).toEqual(all('session_over'));
    expect(desk.join(key)).toBe(3);
  });

  it('that drains and holds nothing is out at the next tick', () => {
    const { desk, key } = joined();
    desk.must(key, 'daybook.participant.draining.v1', { participant: key.actor, session: 1 });
    desk.tick();
    expect(desk.books.members[key.actor]?.status).toBe('departed');
  });

  it('that drains keeps its last deadline whatever it says', () => {
    const { desk, key } = joined();
    desk.must(key, 'daybook.participant.draining.v1', { participant: key.actor, session: 1 });
    const until = desk.books.members[key.actor]?.leaseUntilMs;
    desk.nowMs += 50_000;
    const beat = desk.say(key, 'daybook.participant.heartbeated.v1', {
      participant: key.actor,
      session: 1,
      beat: 1,
    });
    expect(beat).toMatchObject({ ok: true });
    expect(desk.books.members[key.actor]?.leaseUntilMs).toBe(until);
  });
});
