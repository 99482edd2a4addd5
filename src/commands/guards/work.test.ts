/** What workers may say about an assignment, and the bound on the size of a delta. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterShapes } from '../../compute/model/parameters.ts';
import { writeSafetensors } from '../../compute/tensors/safetensors.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { artifactNamed } from '../../testing/desk.ts';
import { deltaBytesMax } from './work.ts';

function first(cast: Cast) {
  const assignment = must(cast.slots[0], 'slot');
  const key = cast.keyOf(cast.assignment(assignment).participant);
  const about = { assignment, session: cast.sessionOf(key.actor) };
  return { assignment, key, about };
}

describe('a claim', () => {
  it('is taken up again by the next session of the same node, not by the same one', () => {
    const cast = Cast.started();
    const { desk } = cast;
    const { key, about } = first(cast);
    const claim = (session: number) =>
      desk.say(key, 'daybook.assignment.claimed.v1', { ...about, session });
    expect(claim(1)).toMatchObject({ ok: true });
    expect(claim(1)).toMatchObject({ code: 'assignment_state_forbids' });
    desk.join(key);
    expect(claim(1)).toMatchObject({ code: 'session_over' });
    expect(claim(2)).toMatchObject({ ok: true });
    const { assignment } = first(cast);
    expect(desk.books.windows[`${RUN}/0`]?.assignments[assignment]?.session).toBe(2);
  });

  it('comes before a submission, in the same session', () => {
    const cast = Cast.started();
    const { desk } = cast;
    const { key, assignment } = first(cast);
    const commit = () =>
      desk.say(key, 'daybook.submission.committed.v1', cast.submissionOf(assignment));
    expect(commit()).toMatchObject({ code: 'assignment_state_forbids' });
    cast.claim(assignment);
    desk.join(key);
    expect(commit()).toMatchObject({ code: 'assignment_state_forbids' });
    cast.claim(assignment);
    expect(commit()).toMatchObject({ ok: true });
    expect(commit()).toMatchObject({ code: 'assignment_state_forbids' });
  });

  it('in a run that has failed is refused', () => {
    const cast = Cast.started();
    const { key, about } = first(cast);
    const { desk } = cast;
    desk.must(desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'no more' });
    expect(desk.say(key, 'daybook.assignment.claimed.v1', about)).toMatchObject({
      code: 'run_state_forbids',
    });
  });
});

describe('a revelation', () => {
  const sealed = (): Cast => {
    const cast = Cast.started();
    for (const slot of cast.slots) cast.train(slot);
    return cast;
  };
  const revealed = (cast: Cast, name?: string, sizeBytes?: number) => {
    const { key, about, assignment } = first(cast);
    const delta = artifactNamed(name ?? `delta ${assignment}`, sizeBytes);
    return cast.desk.say(key, 'daybook.upload.completed.v1', { ...about, delta });
  };

  it('is of the bytes committed to, in digest and size, once', () => {
    const cast = sealed();
    expect(revealed(cast, 'other bytes')).toMatchObject({ code: 'delta_mismatch' });
    expect(revealed(cast, undefined, 999)).toMatchObject({ code: 'delta_mismatch' });
    expect(revealed(cast)).toMatchObject({ ok: true });
    expect(revealed(cast)).toMatchObject({ code: 'assignment_state_forbids' });
  });

  it('comes too late once the audit is drawn', () => {
    const cast = sealed();
    for (let beat = 1; beat <= 6; beat += 1) {
      cast.desk.pass(10_000);
      cast.heartbeat(beat);
    }
    cast.desk.pass(1);
    expect(cast.window.drawn).toBe(true);
    expect(revealed(cast)).toMatchObject({
      code: 'assignment_state_forbids',
      message: expect.stringContaining('audit draw') as string,
    });
  });

  it('of nothing is refused', () => {
    const cast = Cast.started();
    expect(revealed(cast)).toMatchObject({ code: 'assignment_state_forbids' });
  });
});

it('the bound on a delta holds every model, with little to spare', () => {
  const models = fc.record({
    vocabSize: fc.integer({ min: 2, max: 300 }),
    contextLength: fc.constant(8),
    dModel: fc.integer({ min: 1, max: 16 }).map((n) => 4 * n),
    layers: fc.integer({ min: 1, max: 12 }),
    heads: fc.constant(2),
    dFf: fc.integer({ min: 1, max: 64 }),
    ropeTheta: fc.constant(10_000),
    normEps: fc.constant(1e-5),
  });
  fc.assert(
    fc.property(models, (model) => {
      const tensors = [...parameterShapes(model)].map(
        ([name, shape]) =>
          [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const,
      );
      const { byteLength } = writeSafetensors(new Map(tensors));
      const max = deltaBytesMax({ model });
      expect(byteLength).toBeLessThanOrEqual(max);
      expect(max - byteLength).toBeLessThanOrEqual(256 * (9 * model.layers + 4));
    }),
    { numRuns: 50 },
  );
});
