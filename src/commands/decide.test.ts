/** Who may assert what, before any guard looks at the content; and that no command lacks its guard. */
import { describe, expect, it } from 'vitest';
import { catalogue, commandTable } from '../events/catalogue.ts';
import { seedPolicy } from './seed-policy.ts';
import { Desk, keyNamed } from '../testing/desk.ts';
import { hasGuard } from './decide.ts';

describe('guards', () => {
  it('exist for every command, and for nothing that follows by rule', () => {
    for (const declaration of commandTable.values())
      expect([declaration.command, hasGuard(declaration.type)]).toEqual([
        declaration.command,
        true,
      ]);
    for (const { type, command } of catalogue.values())
      if (command === null) expect([type, hasGuard(type)]).toEqual([type, false]);
  });
});

describe('authors', () => {
  it('nobody says anything before the ledger is open', () => {
    const desk = new Desk();
    expect(desk.say(desk.operator, 'daybook.policy.adopted.v1', seedPolicy)).toMatchObject({
      code: 'ledger_not_open',
      retryable: true,
    });
    expect(desk.say(desk.authority, 'daybook.clock.ticked.v1', { nowMs: 0 })).toMatchObject({
      code: 'ledger_not_open',
    });
  });

  it('the operator is not the authority, and neither is a node', () => {
    const desk = new Desk().open();
    const worker = desk.admit('worker', 'w');
    const tick = { nowMs: desk.nowMs };
    for (const key of [desk.operator, worker])
      expect(desk.say(key, 'daybook.clock.ticked.v1', tick)).toMatchObject({
        code: 'not_authorised',
      });
    for (const key of [desk.authority, worker])
      expect(
        desk.say(key, 'daybook.policy.adopted.v1', { ...seedPolicy, revision: 2 }),
      ).toMatchObject({ code: 'not_authorised' });
  });

  it('a worker does not judge and a validator does not claim', () => {
    const desk = new Desk().open();
    const worker = desk.admit('worker', 'w');
    const validator = desk.admit('validator', 'v');
    expect(
      desk.say(validator, 'daybook.assignment.claimed.v1', { assignment: 'r/0/0/0', session: 1 }),
    ).toMatchObject({ code: 'not_authorised' });
    expect(
      desk.say(worker, 'daybook.verdict.recorded.v1', {
        assignment: 'r/0/0/0',
        session: 1,
        disposition: 'accepted',
        reasons: [],
        observed: null,
        recomputed: null,
        firstDivergence: null,
      }),
    ).toMatchObject({ code: 'not_authorised' });
  });

  it('a stranger is unknown, whatever it says', () => {
    const desk = new Desk().open();
    const stranger = keyNamed('stranger');
    expect(
      desk.say(stranger, 'daybook.participant.heartbeated.v1', {
        participant: stranger.actor,
        session: 1,
        beat: 1,
      }),
    ).toMatchObject({ code: 'participant_unknown', retryable: true });
    expect(
      desk.say(stranger, 'daybook.assignment.claimed.v1', { assignment: 'r/0/0/0', session: 1 }),
    ).toMatchObject({ code: 'participant_unknown' });
  });
});
