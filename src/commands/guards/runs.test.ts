/** Plans that cannot be carried out, and the operator's levers in every state of a run. */
import { describe, expect, it } from 'vitest';
import type { RunPlan, RunState } from '../../projections/books.ts';
import { RUN, Cast } from '../../testing/cast.ts';
import { artifactNamed, Desk, testPlan } from '../../testing/desk.ts';

const { model } = testPlan;

describe('a plan', () => {
  const desk = new Desk().open().plan();
  const planned = (over: Partial<RunPlan>) =>
    desk.say(desk.operator, 'daybook.run.planned.v1', { ...testPlan, run: 'other', ...over });

  const contradictions: [string, Partial<RunPlan>][] = [
    ['vocabulary', { model: { ...model, vocabSize: 63 } }],
    ['context', { model: { ...model, contextLength: 16 } }],
    ['divide', { model: { ...model, heads: 3 } }],
    ['even head size', { model: { ...model, heads: 8 } }],
    ['more pages', { innerSteps: 97, batchPages: 1 }],
    ['minValidators', { minValidators: 1 }],
  ];
  it.each(contradictions)('is refused for its %s', (words, over) => {
    expect(planned(over)).toMatchObject({
      code: 'run_inconsistent',
      message: expect.stringContaining(words) as string,
    });
  });

  it('may use every page that is not held out', () => {
    expect(planned({ innerSteps: 96, batchPages: 1 })).toMatchObject({ ok: true });
  });

  it('of a known name is refused, whatever it says', () => {
    expect(planned({ run: RUN, title: 'Another' })).toMatchObject({ code: 'run_already_planned' });
  });
});

/** A run in each state, by the shortest way there. */
const inState: { readonly [S in RunState]: () => Desk } = {
  planned: () => {
    const desk = new Desk().open().plan();
    desk.must(desk.operator, 'daybook.run.planned.v1', { ...testPlan, run: 'fresh' });
    return desk;
  },
  initializing: () => new Desk().open().plan(),
  active: () => Cast.started().desk,
  recovering: () => {
    const cast = Cast.started();
    cast.play(4_000_000, 3_000_000);
    cast.desk.nowMs += 15_000;
    cast.desk.tick();
    return cast.desk;
  },
  paused: () => {
    const { desk } = Cast.started();
    desk.must(desk.operator, 'daybook.run.paused.v1', { run: RUN, reason: 'a pause' });
    return desk;
  },
  completed: () => {
    const cast = Cast.started(3, 3, { windows: 1 });
    cast.play(4_000_000, 3_000_000);
    cast.desk.tick();
    return cast.desk;
  },
  failed: () => {
    const desk = new Desk().open().plan();
    desk.must(desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'no more' });
    return desk;
  },
};

const levers = {
  start: (desk: Desk, run: string) =>
    desk.say(desk.operator, 'daybook.run.initializing.v1', {
      run,
      checkpoint: artifactNamed('initial'),
    }),
  pause: (desk: Desk, run: string) =>
    desk.say(desk.operator, 'daybook.run.paused.v1', { run, reason: 'a pause' }),
  resume: (desk: Desk, run: string) => desk.say(desk.operator, 'daybook.run.resumed.v1', { run }),
  fail: (desk: Desk, run: string) =>
    desk.say(desk.operator, 'daybook.run.failed.v1', { run, reason: 'no more' }),
};

const allowed: { readonly [S in RunState]: readonly (keyof typeof levers)[] } = {
  planned: ['start', 'fail'],
  initializing: ['fail'],
  active: ['pause', 'fail'],
  recovering: ['pause', 'fail'],
  paused: ['resume', 'fail'],
  completed: [],
  failed: [],
};

describe.each(Object.keys(inState) as RunState[])('a run that is %s', (state) => {
  const run = state === 'planned' ? 'fresh' : RUN;
  it.each(Object.keys(levers) as (keyof typeof levers)[])('%s: as the table says', (lever) => {
    const desk = inState[state]();
    expect(desk.books.runs[run]?.state).toBe(state);
    const result = levers[lever](desk, run);
    if (allowed[state].includes(lever)) expect(result).toMatchObject({ ok: true });
    else expect(result).toMatchObject({ code: 'run_state_forbids' });
  });
});
