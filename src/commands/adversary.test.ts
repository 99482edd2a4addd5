/** What parties gain by lying, by dying at the wrong moment, and by going on after the end: nothing. */
import { describe, expect, it } from 'vitest';
import { balanceOf } from '../projections/balances.ts';
import { must } from '../projections/books.ts';
import { Cast, RUN } from '../testing/cast.ts';
import { artifactNamed } from '../testing/desk.ts';
import { earnedBy } from './rules/money/accounts.ts';
import { seedPolicy } from './seed-policy.ts';

const SECOND_MS = 1000;

/** A cast whose first window is sealed, revealed and drawn; these slots are altered deltas. */
function drawn(cast: Cast, ...altered: number[]): string[] {
  const slots = cast.slots;
  slots.forEach((slot, index) => {
    if (altered.includes(index)) cast.train(slot, `altered ${slot}`);
    else cast.train(slot);
  });
  cast.reveal();
  cast.desk.tick();
  return slots;
}

const workCredits = (cast: Cast, actor: string): bigint =>
  balanceOf(cast.desk.books, 'work', earnedBy(RUN, actor));

describe('a validator', () => {
  it('that rejects the right delta for a made-up one is not credited for agreeing', () => {
    const cast = Cast.started(3, 3, { slots: 1 });
    const [slot] = drawn(cast, 0) as [string];
    const [liar, honest] = cast.panelOf(slot) as [string, string];
    cast.judgeOne(slot, liar, 'made up');
    cast.judgeOne(slot, honest);
    cast.judgeOne(slot, must(cast.panelOf(slot)[2], 'third'));
    const { window } = cast.window;
    cast.aggregate(4_000_000, 3_000_000);
    const because = cast.desk.events.flatMap((event) =>
      event.type === 'daybook.journal.posted.v1' && event.data.journal === `credit/${RUN}/${window}`
        ? event.data.transfers.filter(({ reason }) => reason === 'agreeing_verdict')
        : [],
    );
    expect(because.map(({ credit }) => credit)).not.toContain(earnedBy(RUN, liar));
    expect(because.map(({ credit }) => credit)).toContain(earnedBy(RUN, honest));
  });

  it('that reports another momentum or size is not credited for agreeing', () => {
    const cast = Cast.started(3, 4, { slots: 1 });
    drawn(cast);
    for (const slot of cast.slots)
      for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    const [a, b, c, d] = cast.validators.map(({ actor }): string => actor) as [
      string,
      string,
      string,
      string,
    ];
    const report = (actor: string, change: object = {}) =>
      cast.desk.must(cast.keyOf(actor), 'daybook.aggregation.reported.v1', {
        ...cast.reportOf(actor, 4_000_000, 3_000_000),
        ...change,
      });
    report(a, { momentum: artifactNamed('another momentum') });
    report(b, { checkpoint: artifactNamed('checkpoint 0', 1) });
    report(c);
    expect(cast.window.promotion).toBeNull();
    report(d);
    expect(cast.desk.books.runs[RUN]?.revisions.at(-1)?.checkpoint).toEqual(
      artifactNamed('checkpoint 0'),
    );
    const credited = cast.desk.events.flatMap((event) =>
      event.type === 'daybook.journal.posted.v1'
        ? event.data.transfers.filter(({ reason }) => reason === 'agreeing_aggregation')
        : [],
    );
    expect(credited.map(({ credit }) => credit).sort()).toEqual(
      [c, d].map((actor) => earnedBy(RUN, actor)).sort(),
    );
  });
});

describe('a worker', () => {
  it('with a rejected contribution earns nothing in that window', () => {
    const cast = Cast.started(2, 3, { slots: 4 });
    const slots = drawn(cast, 0);
    const cheat = cast.assignment(must(slots[0], 'slot')).participant;
    expect(slots.filter((slot) => cast.assignment(slot).participant === cheat)).toHaveLength(2);
    for (const slot of slots) for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    cast.aggregate(4_000_000, 3_000_000);
    expect(workCredits(cast, cheat)).toBe(0n);
    const honest = cast.workers.find(({ actor }) => actor !== cheat);
    expect(workCredits(cast, must(honest, 'honest').actor)).toBe(64n);
  });

  it('cannot keep a delta from its owner by committing to it first', () => {
    const cast = Cast.started(2, 3, { slots: 2 });
    cast.desk.must(cast.desk.operator, 'daybook.policy.adopted.v1', {
      ...seedPolicy,
      revision: 2,
      validation: { ...seedPolicy.validation, auditRateBps: 0 },
    });
    const [thiefs, owners] = cast.slots as [string, string];
    cast.train(thiefs, `delta ${owners}`);
    cast.train(owners);
    cast.reveal();
    cast.desk.tick();
    // Not sampled at this rate, but two claims to one delta are both looked at.
    for (const slot of [thiefs, owners])
      for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    expect(cast.assignment(thiefs).disposition).toBe('rejected');
    expect(cast.assignment(owners).disposition).toBe('accepted');
  });

  it('that leaves again and again is called last', () => {
    const cast = Cast.started(4, 3, { slots: 1 });
    const { desk } = cast;
    const first = cast.assignment(must(cast.slots[0], 'slot')).participant;
    const second = must(cast.window.standby[0], 'standby');
    const leave = (actor: string) =>
      desk.must(cast.keyOf(actor), 'daybook.participant.left.v1', {
        participant: cast.keyOf(actor).actor,
        session: cast.sessionOf(actor),
        reason: 'flapping',
      });
    for (const actor of [first, second]) {
      leave(actor);
      desk.join(cast.keyOf(actor));
    }
    const third = cast.assignment(must(cast.slots[0], 'slot')).participant;
    leave(third);
    const fourth = cast.assignment(must(cast.slots[0], 'slot')).participant;
    expect(new Set([first, second, third, fourth]).size).toBe(4);
  });
});

describe('a drain', () => {
  it('said again postpones nothing', () => {
    const cast = Cast.started();
    const { participant } = cast.assignment(must(cast.slots[0], 'slot'));
    const drain = () =>
      cast.desk.must(cast.keyOf(participant), 'daybook.participant.draining.v1', {
        participant,
        session: cast.sessionOf(participant),
      });
    drain();
    const until = cast.desk.books.members[participant]?.drainUntilMs;
    cast.desk.pass(SECOND_MS);
    drain();
    expect(cast.desk.books.members[participant]?.drainUntilMs).toBe(until);
  });
});

describe('a claim', () => {
  it('made again in a later session ends when the first would have', () => {
    const cast = Cast.started();
    const [slot] = cast.slots as [string];
    cast.claim(slot);
    const { participant, expiresMs } = cast.assignment(slot);
    cast.desk.pass(10 * SECOND_MS);
    cast.desk.join(cast.keyOf(participant));
    cast.claim(slot);
    expect(cast.assignment(slot)).toMatchObject({ state: 'claimed', session: 2, expiresMs });
  });
});

describe('a run that was given up', () => {
  it('takes no verdicts and no reports, promotes and credits nothing', () => {
    const cast = Cast.started(3, 3, { slots: 1 });
    const [slot] = drawn(cast) as [string];
    const [first, second] = cast.panelOf(slot) as [string, string];
    const verdict = cast.verdictOf(slot, second);
    cast.judgeOne(slot, first);
    cast.desk.must(cast.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'enough' });
    cast.desk.tick();
    expect(cast.desk.say(cast.keyOf(second), 'daybook.verdict.recorded.v1', verdict)).toMatchObject(
      { ok: false, code: 'run_state_forbids' },
    );
  });

  it('takes no reports', () => {
    const cast = Cast.started(3, 3, { slots: 1 });
    drawn(cast);
    for (const slot of cast.slots)
      for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    const [validator] = cast.validators;
    const { actor } = must(validator, 'validator');
    const report = cast.reportOf(actor, 4_000_000, 3_000_000);
    cast.desk.must(cast.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'enough' });
    expect(
      cast.desk.say(cast.keyOf(actor), 'daybook.aggregation.reported.v1', report),
    ).toMatchObject({ ok: false, code: 'run_state_forbids' });
  });
});

describe('a panel with nobody in reserve', () => {
  /** Only two validators are alive when the audit is drawn; the third comes back after it. */
  function short(): { cast: Cast; slot: string; late: string } {
    const cast = Cast.started(3, 3, { slots: 1, minValidators: 2 });
    const { desk } = cast;
    const [late] = cast.validators;
    const { actor } = must(late, 'validator');
    desk.must(cast.keyOf(actor), 'daybook.participant.left.v1', {
      participant: cast.keyOf(actor).actor,
      session: 1,
      reason: 'later',
    });
    const [slot] = drawn(cast) as [string];
    return { cast, slot, late: actor };
  }

  it('calls whoever has come since, when it disagrees', () => {
    const { cast, slot, late } = short();
    cast.desk.join(cast.keyOf(late));
    const [liar, honest] = cast.panelOf(slot) as [string, string];
    cast.judgeOne(slot, liar, 'made up');
    cast.judgeOne(slot, honest);
    expect(cast.panelOf(slot)).toContain(late);
    cast.judgeOne(slot, late);
    expect(cast.assignment(slot).disposition).toBe('accepted');
  });

  it('waits its time for one, when nobody is there yet', () => {
    const { cast, slot, late } = short();
    const [liar, honest] = cast.panelOf(slot) as [string, string];
    cast.judgeOne(slot, liar, 'made up');
    cast.judgeOne(slot, honest);
    expect(cast.assignment(slot).disposition).toBeNull();
    cast.desk.pass(5 * SECOND_MS);
    cast.heartbeat(1);
    cast.desk.join(cast.keyOf(late));
    cast.desk.tick();
    cast.judgeOne(slot, late);
    expect(cast.assignment(slot).disposition).toBe('accepted');
  });

  it('is quarantined when nobody comes', () => {
    const { cast, slot } = short();
    const [liar, honest] = cast.panelOf(slot) as [string, string];
    cast.judgeOne(slot, liar, 'made up');
    cast.judgeOne(slot, honest);
    cast.desk.pass(seedPolicy.window.verdictMs + 1);
    expect(cast.desk.books.windows[`${RUN}/0`]?.assignments[slot]).toMatchObject({
      disposition: 'quarantined',
      counted: null,
    });
  });

  it('counts a delta that a quorum recomputed, though they see its author differently', () => {
    const { cast, slot } = short();
    const [one, two] = cast.panelOf(slot) as [string, string];
    cast.judgeOne(slot, one);
    cast.desk.must(cast.keyOf(two), 'daybook.verdict.recorded.v1', {
      ...cast.verdictOf(slot, two),
      disposition: 'replay_required',
      reasons: ['artifact_missing'],
      observed: null,
    });
    cast.desk.pass(seedPolicy.window.verdictMs + 1);
    const held = cast.desk.books.windows[`${RUN}/0`]?.assignments[slot];
    expect(held).toMatchObject({
      disposition: 'quarantined',
      counted: held?.submission?.delta.digest,
    });
  });
});

describe('an aggregation', () => {
  it('calls validators that came after the request when those called are gone', () => {
    const cast = Cast.started(3, 3, { slots: 1 });
    const { desk } = cast;
    const about = (actor: string, reason: string) =>
      desk.must(cast.keyOf(actor), 'daybook.participant.left.v1', {
        participant: cast.keyOf(actor).actor,
        session: cast.sessionOf(actor),
        reason,
      });
    const late: string = must(cast.validators[0], 'validator').actor;
    about(late, 'later');
    const [slot] = drawn(cast) as [string];
    for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    const [gone, stays] = [
      ...must(cast.window.aggregation, 'aggregation').validators,
    ] as string[] as [string, string];
    const report = (actor: string) =>
      desk.must(
        cast.keyOf(actor),
        'daybook.aggregation.reported.v1',
        cast.reportOf(actor, 4_000_000, 3_000_000),
      );
    report(stays);
    about(gone, 'broken');
    desk.join(cast.keyOf(late));
    desk.tick();
    expect(cast.window.aggregation?.validators).toContain(late);
    report(late);
    expect(desk.books.runs[RUN]?.revisions).toHaveLength(2);
  });
});
