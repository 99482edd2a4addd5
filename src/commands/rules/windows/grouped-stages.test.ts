/** Slots in stages: who works on what from what, what a bad stage does to the others, and what is paid. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepsOfStage, submittedIn } from '../../../projections/grouped-stages.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { must } from '../../../projections/books.ts';
import { artifactNamed, digestNamed, testPlan } from '../../../testing/desk.ts';
import { outputOf, StagesCast } from '../../../testing/stories/stages.ts';
import { pagesOfSlot } from '../../draws.ts';
import { seedDisputePolicy, seedPolicy } from '../../seed-policy.ts';
import { earnedBy, escrowOf } from '../money/accounts.ts';

const typesOf = (events: readonly { readonly type: string }[]): string[] =>
  events.map(({ type }) => type.replace('daybook.', ''));
const workOf = (cast: StagesCast, actor: string): bigint =>
  balanceOf(cast.desk.books, 'work', earnedBy('r', actor));

it('cuts the steps of a slot into runs that are alike but for one step', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 64 }), (steps, k) => {
      const count = Math.min(k, steps);
      const stages = Array.from({ length: count }, (_, i) => stepsOfStage(steps, count, i));
      let next = 0;
      for (const stage of stages) {
        expect(stage.firstStep).toBe(next);
        next += stage.steps;
      }
      expect(next).toBe(steps);
      const sizes = stages.map((stage) => stage.steps);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

describe('handing on', () => {
  it('gives each stage to another, from what the one before came to, and seals after the last', () => {
    const cast = StagesCast.inStages(3);
    const { plan } = must(cast.desk.books.runs['r'], 'run');
    expect(cast.current.map(({ stage }) => stage?.input)).toEqual([
      cast.window.checkpoint,
      cast.window.checkpoint,
    ]);
    const events = [0, 1, 0, 1, 0].flatMap((slot) => [...cast.work(slot)]);
    expect(typesOf(events)).not.toContain('window.sealed.v1');
    expect(typesOf(cast.work(1))).toContain('window.sealed.v1');
    const chain = submittedIn(cast.window).filter(({ slot }) => slot === 0);
    expect(chain.map(({ stage }) => [stage?.firstStep, stage?.steps])).toEqual([
      [0, 1],
      [1, 1],
      [2, 2],
    ]);
    expect(new Set(chain.map(({ participant }) => participant)).size).toBe(3);
    expect(chain.slice(1).map(({ stage }) => [stage?.upstream, stage?.input])).toEqual(
      chain.slice(0, 2).map(({ assignment, submission }) => [assignment, submission?.delta.digest]),
    );
    const pages = cast.desk.events.flatMap((event) =>
      event.type === 'daybook.assignment.issued.v2' && event.data.slot === 0
        ? event.data.pages
        : [],
    );
    expect(pages).toEqual(pagesOfSlot(plan, 96, 0, 0));
  });

  it('goes to one worker again where there are not enough', () => {
    const cast = StagesCast.inStages(4, 2);
    cast.workThrough();
    expect(cast.window.state).toBe('sealed');
    expect(submittedIn(cast.window)).toHaveLength(8);
  });

  it('waits for somebody where nobody is alive, and goes on from there', () => {
    const cast = StagesCast.inStages(2, 2);
    const [one, two] = cast.workers as [(typeof cast.workers)[0], (typeof cast.workers)[0]];
    const held = cast.at(0);
    const author = cast.keyOf(held.participant);
    const other = author.actor === one.actor ? two : one;
    cast.desk.must(other, 'daybook.participant.left.v1', {
      participant: other.actor,
      session: 1,
      reason: 'over',
    });
    cast.work(0);
    const next = cast.at(0);
    expect(next).toMatchObject({ participant: author.actor, stage: { index: 1 } });
    cast.desk.must(author, 'daybook.participant.left.v1', {
      participant: author.actor,
      session: 1,
      reason: 'over',
    });
    expect(cast.at(0)).toMatchObject({ state: 'superseded', stage: { index: 1 } });
    cast.desk.join(other);
    cast.desk.tick();
    expect(cast.at(0)).toMatchObject({ participant: other.actor, state: 'issued' });
    expect(cast.at(0).stage).toEqual(next.stage);
  });

  it('takes an expired stage back and gives the same stage to the next', () => {
    const window = { ...seedPolicy.window, claimTtlMs: 15_000 };
    const cast = StagesCast.inStages(2, 5, {}, { window });
    cast.work(0);
    const held = cast.at(0);
    cast.claim(held.assignment);
    for (const beat of [1, 2]) {
      cast.desk.nowMs += 8000;
      cast.heartbeat(beat);
    }
    cast.desk.tick();
    const next = cast.at(0);
    expect(next.attempt).toBe(held.attempt + 1);
    expect(next.stage).toEqual(held.stage);
    expect(next.participant).not.toBe(held.participant);
    // The author of the first stage comes last.
    expect(next.participant).not.toBe(cast.assignment('r/0/0/0').participant);
  });

  it('gives up a slot whose stage two could not do, and pays who did theirs', () => {
    const cast = StagesCast.inStages(2);
    cast.work(0);
    const author = cast.assignment('r/0/0/0').participant;
    for (let tries = 0; tries < 2; tries += 1) {
      const held = cast.at(0);
      cast.claim(held.assignment);
      cast.desk.must(cast.keyOf(held.participant), 'daybook.assignment.failed.v1', {
        assignment: held.assignment,
        session: cast.sessionOf(held.participant),
        reason: 'input_missing',
      });
    }
    cast.work(1);
    cast.work(1);
    expect(cast.window.state).toBe('sealed');
    cast.reveal([cast.at(1).assignment]);
    cast.judgeStages();
    expect(cast.window.aggregation?.deltas).toEqual([cast.at(1).counted]);
    expect(cast.assignment('r/0/0/0').disposition).toBe('accepted');
    cast.aggregate(4_000_000, 3_000_000);
    expect(workOf(cast, author)).toBeGreaterThan(0n);
  });

  it('has no stages before the one that is issued', () => {
    const cast = StagesCast.inStages(2);
    const data = { assignment: 'r/0/0/1', session: 1 };
    expect(cast.desk.say(cast.workers[0]!, 'daybook.assignment.claimed.v1', data)).toMatchObject({
      code: 'assignment_unknown',
    });
  });
});

describe('what a stage commits to', () => {
  it.each([
    ['state_drifted', { input: digestNamed('another state') }],
    ['wrong_work', { steps: 3 }],
    ['wrong_work', { tokens: 1 }],
    ['oversized_delta', { output: artifactNamed('large', 2 ** 30) }],
  ] as const)('is refused as %s', (code, change) => {
    const cast = StagesCast.inStages(2);
    cast.work(0);
    const held = cast.at(0);
    cast.claim(held.assignment);
    const data = { ...cast.stageSubmission(held), ...change };
    const key = cast.keyOf(held.participant);
    expect(cast.desk.say(key, 'daybook.submission.committed.v3', data)).toMatchObject({ code });
  });

  it('is not what a whole slot commits to, nor the other way round', () => {
    const cast = StagesCast.inStages(2);
    const held = cast.at(0);
    cast.claim(held.assignment);
    const key = cast.keyOf(held.participant);
    const whole = { ...cast.submissionOf(held.assignment), innerSteps: 4, tokens: 64 };
    expect(cast.desk.say(key, 'daybook.submission.committed.v1', whole)).toMatchObject({
      code: 'wrong_work',
    });
  });

  it('is of the exact class: others get no work', () => {
    const cast = StagesCast.inStages(2, 2);
    const key = cast.desk.admit('worker', 'tolerant');
    cast.desk.must(key, 'daybook.participant.joined.v1', {
      participant: key.actor,
      session: 1,
      computeClass: 'tolerant',
      backend: 'test',
      software: 'test',
    });
    cast.workThrough();
    cast.judgeStages();
    cast.aggregate(4_000_000, 3_000_000);
    cast.desk.tick();
    expect(cast.window.window).toBe(1);
    expect([...cast.window.contributors, ...cast.window.standby]).not.toContain(key.actor);
  });
});

describe('a plan in stages', () => {
  const planned = (stages: number, plan: Partial<typeof testPlan> = {}) => {
    const { desk } = StagesCast.inStages(2);
    const data = { ...testPlan, run: 'other', ...plan, adapter: null, stages };
    return desk.say(desk.operator, 'daybook.run.planned.v4', data);
  };
  it('has a step for every stage and a name for every submission', () => {
    expect(planned(2)).toMatchObject({ ok: true });
    expect(planned(3)).toMatchObject({ code: 'run_inconsistent' });
    expect(planned(64, { innerSteps: 64, batchPages: 1, slots: 17 })).toMatchObject({
      code: 'run_inconsistent',
    });
  });
});

describe('judging', () => {
  it('goes stage by stage; a slot all of whose stages are accepted counts, and each is paid its tokens', () => {
    const cast = StagesCast.inStages(3);
    cast.workThrough();
    const last = cast.current.map(({ submission }) => submission?.delta.digest);
    const events = cast.judgeStages();
    expect(cast.window.aggregation?.deltas).toEqual(last);
    const order = events.flatMap((event) =>
      event.type === 'daybook.challenge.issued.v1' || event.type === 'daybook.challenge.resolved.v1'
        ? [`${event.type.split('.')[2]} ${event.data.assignment}`]
        : [],
    );
    expect(order.indexOf('resolved r/0/0/0')).toBeLessThan(order.indexOf('issued r/0/0/1'));
    const done = submittedIn(cast.window);
    cast.aggregate(4_000_000, 3_000_000);
    for (const { actor } of cast.workers) {
      const own = done.filter(({ participant }) => participant === actor);
      const tokens = own.reduce((sum, { submission }) => sum + (submission?.tokens ?? 0), 0);
      expect(workOf(cast, actor)).toBe(BigInt(tokens));
    }
    const all = cast.workers.reduce((sum, { actor }) => sum + workOf(cast, actor), 0n);
    // Two slots of four steps of two pages of eight tokens.
    expect(all).toBe(128n);
  });

  it('hits the author of a bad stage alone: who went on from it is paid, and the right delta counts', () => {
    const cast = StagesCast.inStages(3, 6);
    cast.work(0, artifactNamed('altered'));
    cast.workThrough();
    const [bad, next, last] = submittedIn(cast.window).filter(({ slot }) => slot === 0) as [
      ReturnType<typeof cast.at>,
      ReturnType<typeof cast.at>,
      ReturnType<typeof cast.at>,
    ];
    cast.judgeStages();
    const right = [bad, next, last].reduce(
      (input, held) => outputOf(held, input).digest,
      cast.window.checkpoint,
    );
    const after = [bad, next, last].map(({ assignment }) => cast.assignment(assignment));
    expect(after.map(({ disposition }) => disposition)).toEqual([
      'rejected',
      'accepted',
      'accepted',
    ]);
    expect(after[2]?.counted).toBe(right);
    expect(after[2]?.submission?.delta.digest).not.toBe(right);
    expect(cast.window.aggregation?.deltas).toEqual([right, cast.at(1).counted]);
    cast.aggregate(4_000_000, 3_000_000);
    const stake = (actor: string): bigint => balanceOf(cast.desk.books, 'micro', escrowOf(actor));
    expect(workOf(cast, bad.participant)).toBe(0n);
    expect(stake(bad.participant)).toBeLessThan(stake(next.participant));
    for (const { participant, submission } of [next, last]) {
      expect(workOf(cast, participant)).toBeGreaterThanOrEqual(BigInt(submission?.tokens ?? 0));
      expect(cast.desk.books.members[participant]).toMatchObject({ rejected: 0, quarantine: {} });
    }
  });

  it('rejects who lies on a refused input, and the right delta counts all the same', () => {
    const cast = StagesCast.inStages(2, 4);
    cast.work(0, artifactNamed('altered'));
    cast.work(0, artifactNamed('altered as well'));
    cast.workThrough();
    cast.judgeStages();
    const [bad, next] = submittedIn(cast.window).filter(({ slot }) => slot === 0);
    expect([bad?.disposition, next?.disposition]).toEqual(['rejected', 'rejected']);
    const first = outputOf(bad!, cast.window.checkpoint);
    expect(next?.counted).toBe(outputOf(next!, first.digest).digest);
  });

  it('leaves a slot out where nobody knows what its input should have been, and pays for honest work', () => {
    const cast = StagesCast.inStages(2, 4);
    cast.workThrough();
    cast.desk.tick();
    // No two of the panel of the first stage agree, and there is nobody else.
    const first = cast.assignment('r/0/0/0');
    for (let called = 0; cast.assignment('r/0/0/0').resolvedSequence === null; called += 1) {
      const actor = must(cast.panelOf(first.assignment)[called], 'validator');
      cast.desk.must(cast.keyOf(actor), 'daybook.verdict.recorded.v1', {
        ...cast.stageVerdict(first, actor),
        disposition: 'rejected',
        reasons: ['digest_mismatch'],
        recomputed: artifactNamed(`of ${actor}`),
      });
    }
    cast.judgeStages();
    const [one, two] = submittedIn(cast.window).filter(({ slot }) => slot === 0);
    expect(one).toMatchObject({ disposition: 'quarantined', counted: null });
    expect(two).toMatchObject({ disposition: 'accepted', counted: null, refusedInput: null });
    expect(cast.window.aggregation?.deltas).toEqual([cast.at(1).counted]);
    cast.aggregate(4_000_000, 3_000_000);
    expect(workOf(cast, must(two, 'stage').participant)).toBeGreaterThan(0n);
  });

  it('looks at every stage after a refused one, however few are drawn', () => {
    const validation = { ...seedPolicy.validation, auditRateBps: 5000 };
    let refused = 0;
    for (let seed = 0; seed < 12; seed += 1) {
      const cast = StagesCast.inStages(2, 4, { slots: 1 }, { validation });
      cast.work(0, artifactNamed(`altered ${seed}`));
      cast.workThrough();
      cast.judgeStages();
      const [bad, next] = submittedIn(cast.window);
      if (bad?.disposition !== 'rejected') continue;
      refused += 1;
      expect(next?.challenge).not.toBeNull();
      expect(next?.counted).not.toBe(next?.submission?.delta.digest);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('has no disputes', () => {
    const cast = StagesCast.inStages(2, 4, {}, { dispute: seedDisputePolicy });
    cast.work(0, artifactNamed('altered'));
    cast.workThrough();
    cast.judgeStages();
    const bad = cast.assignment('r/0/0/0');
    const data = { assignment: bad.assignment, session: cast.sessionOf(bad.participant) };
    const key = cast.keyOf(bad.participant);
    expect(cast.desk.say(key, 'daybook.dispute.opened.v1', data)).toMatchObject({
      code: 'nothing_to_dispute',
    });
  });
});
