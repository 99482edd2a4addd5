/** Matchmaking: who is asked, how many at once, and what becomes of those who do not answer. */
import { describe, expect, it } from 'vitest';
import { must } from '../../../projections/books.ts';
import type { ActorId } from '../../../events/ids.ts';
import { RUN } from '../../../testing/cast.ts';
import { keyNamed } from '../../../testing/desk.ts';
import { RegistryCast, TERMS } from '../../../testing/registry-cast.ts';
import { outstandingSteps, stepsCausedBy } from '../../../roles/steps.ts';
import { eligible } from '../windows/eligibility.ts';

const asked = (cast: RegistryCast): string[] =>
  Object.keys(cast.desk.books.offers?.[RUN]?.open ?? {});
const names = (cast: RegistryCast, several: readonly string[]): string[] =>
  several.map(cast.nameOf).sort();

describe('offers', () => {
  it('go to four for each place, in an order that nobody could choose', () => {
    const cast = RegistryCast.open(12, 3);
    cast.desk.plan({ slots: 2 });
    cast.desk.tick();
    const role = (of: string) => asked(cast).filter((one) => cast.nameOf(one).startsWith(of));
    expect([role('worker').length, role('validator').length]).toEqual([8, 3]);
    expect(names(cast, role('worker'))).not.toEqual(
      names(
        cast,
        cast.workers.slice(0, 8).map(({ actor }) => actor),
      ),
    );
  });

  it('who declines makes room for another; nobody is asked twice of those who did', () => {
    const cast = RegistryCast.open(9, 2);
    cast.desk.plan({ slots: 2 });
    cast.desk.tick();
    const before = new Set(asked(cast));
    const [first] = [...before].filter((one) => cast.nameOf(one).startsWith('worker'));
    cast.decline(first as ActorId);
    const added = asked(cast).filter((one) => !before.has(one));
    expect(added).toHaveLength(1);
    cast.decline(added[0] as ActorId);
    expect(asked(cast).filter((one) => cast.nameOf(one).startsWith('worker'))).toHaveLength(7);
  });

  it('lapse together in time, and a run that has not begun asks again', () => {
    const cast = RegistryCast.open(2, 2);
    cast.desk.plan();
    cast.desk.tick();
    const events = cast.desk.pass(TERMS.offerMs);
    const lapsed = events.filter(({ type }) => type === 'daybook.offer.lapsed.v1');
    expect(lapsed).toHaveLength(1);
    expect(asked(cast)).toHaveLength(4);
    expect(cast.desk.books.offers?.[RUN]?.round).toBe(2);
  });

  it('come again to whoever was away when they lapsed', () => {
    const offerMs = 20_000;
    const cast = RegistryCast.open(2, 2, { offerMs });
    const { desk } = cast;
    desk.plan();
    desk.tick();
    // Nobody ticks for so long that, when somebody does, all are stale and the offers over.
    desk.nowMs += offerMs;
    desk.tick();
    expect(asked(cast)).toEqual([]);
    for (const key of [...cast.workers, ...cast.validators]) desk.heartbeat(key, 1);
    desk.tick();
    expect(asked(cast)).toHaveLength(4);
  });

  it('are answered once, by whom they were made to, in its session', () => {
    const cast = RegistryCast.open(2, 2);
    cast.desk.plan();
    cast.desk.tick();
    const { actor } = must(cast.workers[0], 'worker');
    cast.accept(actor);
    expect(cast.answer(actor)).toMatchObject({ code: 'offer_not_open' });
    expect(cast.answer(must(cast.workers[1], 'worker').actor, 'other')).toMatchObject({
      code: 'offer_not_open',
    });
    const old = { run: RUN, session: 9 };
    expect(cast.desk.say(cast.keyOf(actor), 'daybook.offer.accepted.v1', old)).toMatchObject({
      code: 'session_over',
    });
  });

  it('only who took one works for the run, and may give it back', () => {
    const cast = RegistryCast.running(3, 3);
    const { actor } = must(cast.workers[2], 'worker');
    expect(eligible(cast.desk.books, 'worker', RUN, 1)).toContain(actor);
    cast.decline(actor);
    expect(eligible(cast.desk.books, 'worker', RUN, 1)).not.toContain(actor);
  });

  it('come to a run that began under other terms, and its open window keeps its workers', () => {
    const cast = new RegistryCast();
    cast.desk.adopt({ revision: 2 });
    for (const name of ['worker-0', 'worker-1']) cast.workers.push(cast.desk.admit('worker', name));
    for (const name of ['validator-0', 'validator-1'])
      cast.validators.push(cast.desk.admit('validator', name));
    for (const key of cast.everybody) cast.desk.join(key);
    cast.desk.plan();
    cast.desk.tick();
    cast.desk.adopt({ revision: 3, registry: TERMS });
    cast.desk.tick();
    expect(asked(cast)).toHaveLength(4);
    cast.play(4_000_000, 3_000_000);
    for (const { actor } of cast.everybody) cast.accept(actor);
    cast.desk.tick();
    expect(cast.window.window).toBe(1);
  });

  it('go to who came while the run was paused', () => {
    const cast = RegistryCast.running(3, 3);
    const { desk } = cast;
    desk.must(desk.operator, 'daybook.run.paused.v1', { run: RUN, reason: 'x' });
    const newcomer = cast.arrive('worker', 'worker-late');
    desk.tick();
    expect(asked(cast)).toEqual([]);
    desk.must(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
    expect(asked(cast)).toEqual([newcomer.actor]);
  });

  it('are not made again by a pause that changed nothing', () => {
    const cast = RegistryCast.running(3, 3);
    cast.desk.must(cast.desk.operator, 'daybook.run.paused.v1', { run: RUN, reason: 'x' });
    const events = cast.desk.must(cast.desk.operator, 'daybook.run.resumed.v1', { run: RUN });
    expect(events.map(({ type }) => type)).not.toContain('daybook.offer.opened.v1');
  });

  it('end with the run', () => {
    const cast = RegistryCast.running(3, 3);
    cast.desk.must(cast.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'x' });
    expect(cast.desk.books.offers).toEqual({});
  });

  it('to many are told in entries of 256', () => {
    const cast = RegistryCast.open(1, 2, { workerStake: '0' });
    cast.desk.plan({ slots: 100, minWorkers: 2 });
    const { state } = cast.desk;
    const like = must(state.books.members[must(cast.workers[0], 'worker').actor], 'member');
    const many = Array.from({ length: 300 }, (_, i) => keyNamed(`clone-${i}`).actor);
    const clones = many.map((participant) => [participant, { ...like, participant }] as const);
    const members = { ...state.books.members, ...Object.fromEntries(clones) };
    cast.desk.state = { ...state, books: { ...state.books, members } };
    const made = cast.desk
      .tick()
      .flatMap((event) =>
        event.type === 'daybook.offer.made.v1' ? [event.data.participants.length] : [],
      );
    expect(made).toEqual([256, 47]);
  });
});

describe('steps', () => {
  it('ask whoever is offered work, and go to the key in force', () => {
    const cast = RegistryCast.open(2, 2);
    cast.desk.plan();
    const made = cast.desk.tick().find(({ type }) => type === 'daybook.offer.made.v1');
    const { books } = cast.desk;
    const steps = stepsCausedBy(must(made, 'offer'), books);
    expect(steps.map(({ kind, about }) => `${kind} ${about}`)).toEqual(
      Array.from({ length: 4 }, () => 'offer r'),
    );
    const { actor } = must(cast.workers[0], 'worker');
    const next = cast.recoveryOf('next');
    const [rotated] = cast.rotate(actor, cast.keyOf(actor), next);
    const again = stepsCausedBy(must(rotated, 'rotation'), cast.desk.books);
    expect(again.map(({ addressee, kind }) => [addressee, kind])).toEqual([[next.actor, 'offer']]);
    expect(outstandingSteps(cast.desk.books).map(({ addressee }) => addressee)).not.toContain(
      actor,
    );
  });

  it('of work that the old key held come to the new one', () => {
    const cast = RegistryCast.running(2, 2);
    const held = must(cast.slots[0], 'slot');
    const { participant } = cast.assignment(held);
    const next = cast.recoveryOf('next');
    const [rotated] = cast.rotate(participant, cast.keyOf(participant), next);
    expect(stepsCausedBy(must(rotated, 'rotation'), cast.desk.books)).toMatchObject([
      { kind: 'train', about: held, addressee: next.actor },
    ]);
  });
});

it('verdicts and reports of a new key count for its validator', () => {
  const cast = RegistryCast.running(3, 3);
  for (const slot of cast.slots) cast.train(slot);
  cast.reveal();
  cast.desk.tick();
  const [slot] = cast.slots as [string];
  const [judge] = cast.panelOf(slot) as [ActorId];
  cast.rotate(judge, cast.recoveryOf(cast.nameOf(judge)), cast.recoveryOf('next'));
  cast.judgeOne(slot, judge);
  const { challenge } = cast.assignment(slot);
  expect(challenge?.verdicts.map(({ validator }) => validator)).toEqual([judge]);
  const data = cast.verdictOf(slot, judge);
  expect(cast.desk.say(cast.keyOf(judge), 'daybook.verdict.recorded.v1', data)).toMatchObject({
    code: 'verdict_already_recorded',
  });
});
