/** Runs whose deltas are encoded: what is planned, what is committed to, and whose feedback is whose. */
import { describe, expect, it } from 'vitest';
import type { DeltaEncodingData } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { Desk, digestNamed, sparseEncoding, testPlan } from '../../testing/desk.ts';
import { encodingProblem } from './encoding.ts';

const int8: DeltaEncodingData = {
  name: 'int8',
  statistic: 'absmax',
  block: 4096,
  tile: null,
  top: null,
  decay: 0,
};

describe('an encoding', () => {
  it.each<[string, DeltaEncodingData, string | null]>([
    ['int8', int8, null],
    ['sparseloco', sparseEncoding, null],
    ['demo', { ...sparseEncoding, name: 'demo' }, null],
    ['int8 without a block', { ...int8, block: null }, 'int8 needs a statistic and a block'],
    ['int8 with tiles', { ...int8, tile: 64 }, 'int8 has no tiles'],
    ['int8 in tiny bins', { ...int8, statistic: 'bins', block: 64 }, 'a block has 1024 elements'],
    ['tiles without a size', { ...sparseEncoding, tile: null }, 'sparseloco needs a tile'],
    ['tiles with blocks', { ...sparseEncoding, block: 64 }, 'sparseloco has no blocks'],
    ['more than a tile holds', { ...sparseEncoding, tile: 4, top: 17 }, 'a tile has 16 values'],
  ])('%s', (_, encoding, problem) => {
    const found = encodingProblem(encoding);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });

  it('that contradicts itself plans no run', () => {
    const desk = new Desk().open().plan({ run: 'another' });
    const encoding = { ...sparseEncoding, tile: null };
    expect(
      desk.say(desk.operator, 'daybook.run.planned.v2', { ...testPlan, encoding }),
    ).toMatchObject({ code: 'run_inconsistent' });
  });
});

/** Every slot of the window committed to, revealed and judged as honest. */
function playWindow(cast: Cast): void {
  const { books } = cast.desk;
  for (const slot of cast.slots) {
    const { participant } = cast.assignment(slot);
    const from = books.runs[RUN]?.feedback?.[participant] ?? null;
    cast.claim(slot);
    const said = cast.encodedSubmissionOf(slot, from);
    cast.desk.must(cast.keyOf(participant), 'daybook.submission.committed.v2', said);
  }
  cast.reveal();
  cast.desk.tick();
  cast.judge();
}

const feedbackOf = (cast: Cast) => ({ ...must(cast.desk.books.runs[RUN], 'run').feedback });

describe('the feedback of a worker', () => {
  it('is kept for its next contribution when this one is accepted', () => {
    const cast = Cast.encoded();
    expect(feedbackOf(cast)).toEqual({});
    const held = cast.slots.map((slot) => [cast.assignment(slot).participant, slot] as const);
    playWindow(cast);
    expect(feedbackOf(cast)).toEqual(
      Object.fromEntries(held.map(([who, slot]) => [who, digestNamed(`feedback of ${slot}`)])),
    );
  });

  it('is taken once, and need not be taken', () => {
    const cast = Cast.encoded(2, 3);
    playWindow(cast);
    cast.aggregate(4_000_000, 3_900_000);
    cast.desk.tick();
    const [first, second] = cast.slots as [string, string];
    const [taker, other] = [first, second].map((slot) => cast.assignment(slot).participant);
    const from = must(feedbackOf(cast)[must(taker, 'worker')], 'feedback');
    cast.claim(first);
    cast.desk.must(
      cast.keyOf(must(taker, 'worker')),
      'daybook.submission.committed.v2',
      cast.encodedSubmissionOf(first, from),
    );
    expect(feedbackOf(cast)).not.toHaveProperty(must(taker, 'worker'));
    cast.claim(second);
    const anew = cast.encodedSubmissionOf(second, null);
    cast.desk.must(cast.keyOf(must(other, 'worker')), 'daybook.submission.committed.v2', anew);
    expect(feedbackOf(cast)).toHaveProperty(must(other, 'worker'));
  });

  it('must be there where the encoding keeps one', () => {
    const cast = Cast.encoded();
    const [slot] = cast.slots as [string];
    const key = cast.keyOf(cast.assignment(slot).participant);
    cast.claim(slot);
    const said = cast.encodedSubmissionOf(slot);
    for (const feedback of [null, { ...must(said.feedback, 'feedback'), sizeBytes: 2 ** 30 }])
      expect(
        cast.desk.say(key, 'daybook.submission.committed.v2', { ...said, feedback }),
      ).toMatchObject({ code: 'wrong_feedback' });
    expect(
      cast.desk.say(key, 'daybook.submission.committed.v2', { ...said, computeClass: 'tolerant' }),
    ).toMatchObject({ code: 'compute_class_mismatch' });
    expect(
      cast.desk.say(key, 'daybook.submission.committed.v2', { ...said, encoding: 'demo' }),
    ).toMatchObject({ code: 'wrong_encoding' });
    expect(
      cast.desk.say(key, 'daybook.submission.committed.v1', cast.submissionOf(slot)),
    ).toMatchObject({ code: 'wrong_encoding' });
  });

  it('is what a verdict may reject although the delta is right', () => {
    const cast = Cast.encoded();
    const [slot] = cast.slots as [string];
    for (const each of cast.slots) {
      cast.claim(each);
      const { participant } = cast.assignment(each);
      const said = cast.encodedSubmissionOf(each);
      cast.desk.must(cast.keyOf(participant), 'daybook.submission.committed.v2', said);
    }
    cast.reveal();
    cast.desk.tick();
    const [validator] = cast.panelOf(slot) as [string];
    const { delta } = must(cast.assignment(slot).submission, 'submission');
    const reject = (...reasons: string[]) =>
      cast.desk.say(cast.keyOf(validator), 'daybook.verdict.recorded.v1', {
        assignment: slot,
        session: cast.sessionOf(validator),
        disposition: 'rejected',
        reasons,
        observed: delta.digest,
        recomputed: delta,
        firstDivergence: null,
      });
    expect(reject('digest_mismatch')).toMatchObject({ code: 'verdict_inconsistent' });
    expect(reject('feedback_mismatch')).toMatchObject({ ok: true });
  });
});
