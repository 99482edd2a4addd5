/**
 * One ledger in which everything happens that can happen: a run with a dead worker, a cheat, a
 * quarrel among validators, a pause, departures, an expired claim, unaudited work and a spell with
 * too few alive, through to its settlement; and a run that is given up. Every type of the catalogue
 * occurs (a test insists), so its lines are the samples in fixtures/events/ and food for laws.
 */
import { ENDED_RUNS_KEPT } from '../projections/archive.ts';
import type { Policy } from '../projections/books.ts';
import { assignmentOf, must } from '../projections/books.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { Cast, RUN } from './cast.ts';
import { artifactNamed, sparseEncoding, testPlan } from './desk.ts';
import type { Desk } from './desk.ts';

const SECOND_MS = 1000;

export function wholeStory(): Cast {
  const cast = Cast.started(5, 3, { windows: 3 });
  windowWithDeathAndFraud(cast);
  pauseAndResume(cast);
  giveUpRuns(cast.desk, ENDED_RUNS_KEPT);
  windowWithDepartures(cast);
  spellWithTooFew(cast);
  cast.play(2_900_000, 2_800_000);
  cast.desk.tick();
  runGivenUp(cast);
  return cast;
}

function windowWithDeathAndFraud(cast: Cast): void {
  const { desk } = cast;
  const dead = cast.keyOf(must(cast.window.contributors[0], 'contributor'));
  for (let beat = 1; beat <= 12; beat += 1) {
    desk.pass(5 * SECOND_MS);
    cast.heartbeat(beat, dead);
  }
  desk.pass(1);
  const [first, second] = cast.slots as [string, string];
  cast.train(first);
  cast.train(second, 'an altered delta');
  cast.reveal();
  desk.tick();
  const [liar, truthful] = cast.panelOf(first) as [string, string];
  cast.judgeOne(first, liar, 'a lie');
  cast.judgeOne(first, truthful);
  cast.judgeOne(first, must(cast.panelOf(first)[2], 'third member'));
  for (const actor of cast.panelOf(second)) cast.judgeOne(second, actor);
  cast.aggregate(4_000_000, 3_000_000);
  desk.join(dead);
}

function pauseAndResume({ desk }: Cast): void {
  desk.must(desk.operator, 'daybook.run.paused.v1', { run: RUN, reason: 'maintenance' });
  desk.must(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
  desk.tick();
}

function windowWithDepartures(cast: Cast): void {
  const { desk } = cast;
  adopt(cast, {
    revision: 2,
    window: { ...seedPolicy.window, claimTtlMs: 20 * SECOND_MS },
    validation: { ...seedPolicy.validation, auditRateBps: 0 },
  });
  const [draining, leaving] = cast.window.contributors.slice(0, 2) as string[] as [string, string];
  const about = (participant: string) => {
    const key = cast.keyOf(participant);
    return { key, participant: key.actor, session: cast.sessionOf(participant) };
  };
  const { key: drainingKey, ...drain } = about(draining);
  desk.must(drainingKey, 'daybook.participant.draining.v1', drain);
  const { key: leavingKey, ...leave } = about(leaving);
  desk.must(leavingKey, 'daybook.participant.left.v1', { ...leave, reason: 'shutdown' });
  for (let beat = 21; beat <= 25; beat += 1) {
    desk.pass(5 * SECOND_MS);
    cast.heartbeat(beat);
  }
  desk.join(drainingKey);
  desk.join(leavingKey);
  for (const slot of cast.slots) cast.train(slot);
  cast.reveal();
  desk.tick();
  cast.aggregate(3_000_000, 2_900_000);
}

function spellWithTooFew(cast: Cast): void {
  const { desk } = cast;
  adopt(cast, { revision: 3 });
  desk.nowMs += 15 * SECOND_MS;
  desk.tick();
  cast.heartbeat(31);
  desk.tick();
}

function adopt({ desk }: Cast, policy: Partial<Policy>): void {
  desk.must(desk.operator, 'daybook.policy.adopted.v1', { ...seedPolicy, ...policy });
}

/** Runs that end before they begin; of the dataset that the desk's plan registers. */
export function giveUpRuns(desk: Desk, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const run = `idle-${index}`;
    desk.must(desk.operator, 'daybook.run.planned.v1', { ...testPlan, run });
    desk.must(desk.operator, 'daybook.run.failed.v1', { run, reason: 'not needed' });
  }
}

/** A run with encoded deltas: one is committed to, one comes to nothing, then the
 * money is out. */
function runGivenUp(cast: Cast): void {
  const { desk } = cast;
  const run = 'given-up';
  desk.must(desk.operator, 'daybook.run.planned.v3', {
    ...testPlan,
    run: 'adapter',
    adapter: { rank: 4, alpha: 8, targets: ['lm_head'], base: artifactNamed('base') },
  });
  desk.must(desk.operator, 'daybook.run.planned.v2', {
    ...testPlan,
    run,
    encoding: sparseEncoding,
  });
  const checkpoint = artifactNamed('initial');
  desk.must(desk.operator, 'daybook.run.initializing.v1', { run, checkpoint });
  for (const key of cast.everybody) desk.join(key);
  desk.tick();
  const [first, second] = [0, 1].map((slot) => {
    const assignment = must(must(desk.books.windows[`${run}/0`], 'window').slots[slot], 'slot');
    const key = cast.keyOf(must(assignmentOf(desk.books, assignment), assignment).participant);
    const session = cast.sessionOf(key.actor);
    desk.must(key, 'daybook.assignment.claimed.v1', { assignment, session });
    return { assignment, key, session };
  });
  const { assignment, key } = must(first, 'slot');
  desk.must(key, 'daybook.submission.committed.v2', cast.encodedSubmissionOf(assignment));
  const { key: unable, ...held } = must(second, 'slot');
  desk.must(unable, 'daybook.assignment.failed.v1', { ...held, reason: 'loss_not_finite' });
  desk.must(desk.operator, 'daybook.run.failed.v1', { run, reason: 'no money left' });
}
