/** Verdicts and reports that contradict themselves or the record. */
import { describe, expect, it } from 'vitest';
import type { DataOfType } from '../../events/catalogue.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN, shortTypes } from '../../testing/cast.ts';
import { artifactNamed, Desk, digestNamed } from '../../testing/desk.ts';
import { seedPolicy } from '../seed-policy.ts';

type VerdictData = DataOfType<'daybook.verdict.recorded.v1'>;

/** Two submissions challenged: the first as committed by `delta`, the second honest. */
function challenged(cast: Cast, delta?: string): { cast: Cast; first: string; panel: string[] } {
  const [first, second] = cast.slots as [string, string];
  cast.train(first, delta);
  cast.train(second);
  cast.reveal();
  cast.desk.tick();
  return { cast, first, panel: cast.panelOf(first) };
}

describe('a verdict', () => {
  const { cast, first, panel } = challenged(Cast.started());
  const [actor] = panel as [string];
  const committed = must(cast.assignment(first).submission, 'submission').delta.digest;
  const said = (over: Partial<VerdictData>) =>
    cast.desk.say(cast.keyOf(actor), 'daybook.verdict.recorded.v1', {
      ...cast.verdictOf(first, actor),
      ...over,
    });
  const another = artifactNamed('another');

  const contradictions: [string, Partial<VerdictData>][] = [
    ['accepted, having seen other bytes', { observed: another.digest }],
    ['accepted, having seen nothing', { observed: null }],
    ['accepted, having recomputed nothing', { recomputed: null }],
    ['accepted, having recomputed something else', { recomputed: another }],
    ['rejected, having recomputed the same', { disposition: 'rejected', reasons: ['no'] }],
    [
      'rejected, having recomputed nothing',
      { disposition: 'rejected', reasons: ['no'], recomputed: null },
    ],
    ['rejected without a reason', { disposition: 'rejected', recomputed: another }],
    ['quarantined without a reason', { disposition: 'quarantined', recomputed: null }],
  ];
  it.each(contradictions)('is refused: %s', (_, over) => {
    expect(said(over)).toMatchObject({ code: 'verdict_inconsistent' });
  });

  it('on an unknown assignment is refused', () => {
    expect(said({ assignment: 'r/0/9/9' })).toMatchObject({ code: 'assignment_unknown' });
  });

  it('that agrees with itself is recorded', () => {
    expect(said({ observed: committed })).toMatchObject({ ok: true });
  });
});

describe('a report', () => {
  function reporting(): Cast {
    const cast = Cast.started();
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    cast.judge();
    return cast;
  }

  it('must start from the loss on record', () => {
    const cast = reporting();
    cast.aggregate(4_000_000, 3_000_000);
    cast.desk.tick();
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    cast.judge();
    const key = must(cast.validators[0], 'validator');
    const report = (before: number) =>
      cast.desk.say(key, 'daybook.aggregation.reported.v1', cast.reportOf(key.actor, before, 2));
    expect(report(3_000_001)).toMatchObject({ code: 'verdict_inconsistent' });
    expect(report(3_000_000)).toMatchObject({ ok: true });
  });

  it('of a window that is decided is refused', () => {
    const cast = reporting();
    const key = must(cast.validators[2], 'validator');
    const late = cast.reportOf(key.actor, 4_000_000, 3_000_000);
    cast.aggregate(4_000_000, 3_000_000);
    expect(cast.desk.say(key, 'daybook.aggregation.reported.v1', late)).toMatchObject({
      code: 'aggregation_not_open',
    });
  });

  it('of somebody who was not called is refused', () => {
    const cast = reporting();
    const { desk } = cast;
    const key = desk.admit('validator', 'newcomer');
    desk.join(key);
    const report = { ...cast.reportOf(key.actor, 4_000_000, 3_000_000), session: 1 };
    expect(desk.say(key, 'daybook.aggregation.reported.v1', report)).toMatchObject({
      code: 'not_on_panel',
    });
  });

  it('is held when nobody agrees', () => {
    const cast = reporting();
    const events = cast.validators.flatMap((key, i) => {
      const report = cast.reportOf(key.actor, 4_000_000, 3_000_000 + i);
      return [...cast.desk.must(key, 'daybook.aggregation.reported.v1', report)];
    });
    expect(shortTypes(events)).toContain('window.reconciled');
    expect(cast.desk.books.windows[`${RUN}/0`]?.promotion).toMatchObject({
      decision: 'held_no_promotion',
      reasons: ['no_quorum'],
    });
  });
});

describe('whatever is decided can be read again', () => {
  const readable = ({ desk }: Cast) =>
    desk.lines.map((line) => decodeEvent(line)).filter((event) => event._tag === 'Left');

  it('when a quorum agrees for more reasons than an entry holds', () => {
    const { cast, first, panel } = challenged(Cast.started(), 'altered');
    panel.forEach((actor, member) => {
      const reasons = Array.from({ length: 16 }, (_, i) => `reason_${member}_${i}`);
      cast.desk.must(cast.keyOf(actor), 'daybook.verdict.recorded.v1', {
        ...cast.verdictOf(first, actor),
        reasons,
      });
    });
    expect(cast.assignment(first).counted).toBe(digestNamed(`delta ${first}`));
    expect(readable(cast)).toEqual([]);
  });

  it('when a cheat is barred for as long as a policy can say', () => {
    const desk = new Desk().open({
      fraud: { ...seedPolicy.fraud, quarantineWindows: 1_000_000 },
    });
    const cast = new Cast(desk, 3, 3);
    desk.plan();
    for (const key of cast.everybody) desk.join(key);
    desk.tick();
    const { first, panel } = challenged(cast, 'altered');
    for (const actor of panel) cast.judgeOne(first, actor);
    expect(readable(cast)).toEqual([]);
  });
});
