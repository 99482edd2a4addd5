/**
 * Slots that are worked on in stages. Bytes are names: what a stage comes to is the digest of its slot,
 * its place and what it began with, so whoever recomputes it from the same input finds the same.
 */
import type { DataOfType, LedgerEvent } from '../../events/catalogue.ts';
import type { Digest } from '../../events/ids.ts';
import type { Assignment, Policy } from '../../projections/books.ts';
import { currentAssignments, must } from '../../projections/books.ts';
import { isLastStage, submittedIn } from '../../projections/grouped-stages.ts';
import { Cast } from '../cast.ts';
import { artifactNamed, Desk, testPlan } from '../desk.ts';

/** What an honest stage comes to from an input. */
export const outputOf = ({ slot, stage }: Assignment, input: Digest) =>
  artifactNamed(`stage ${slot}/${must(stage, 'stage').index} of ${input}`);

export class StagesCast extends Cast {
  /** A run in stages with everybody in it and its first window active. */
  static inStages(
    stages: number,
    workers = 5,
    plan: Partial<typeof testPlan> = {},
    policy: Partial<Policy> = {},
  ): StagesCast {
    const cast = new StagesCast(new Desk().open(policy), workers, 3);
    cast.desk.plan({ innerSteps: 4, ...plan }, null, stages);
    for (const key of cast.everybody) cast.desk.join(key);
    cast.desk.tick();
    return cast;
  }

  /** Each slot's assignment of the stage that it has come to. */
  get current(): Assignment[] {
    return currentAssignments(this.window);
  }

  at(slot: number): Assignment {
    return must(this.current[slot], `slot ${slot}`);
  }

  stageSubmission(
    held: Assignment,
    output = outputOf(held, must(held.stage, 'stage').input),
  ): DataOfType<'daybook.submission.committed.v3'> {
    const { input, steps } = must(held.stage, 'stage');
    const { batchPages, model } = must(this.desk.books.runs[this.window.run], 'run').plan;
    return {
      assignment: held.assignment,
      session: this.sessionOf(held.participant),
      input,
      output,
      computeClass: 'exact',
      backend: 'test',
      tokens: steps * batchPages * model.contextLength,
      steps,
      lossFirstMicroNats: 4_000_000,
      lossLastMicroNats: 3_900_000,
      trace: ['00'.repeat(32)],
      elapsedMs: 5,
    };
  }

  /** Claims the stage that a slot has come to and commits to what it came to. */
  work(slot: number, output?: ReturnType<typeof artifactNamed>): readonly LedgerEvent[] {
    const held = this.at(slot);
    this.claim(held.assignment);
    const data = this.stageSubmission(held, output);
    return this.desk.must(this.keyOf(held.participant), 'daybook.submission.committed.v3', data);
  }

  /** All stages that are left, all honest; only what a slot ends in is revealed. */
  workThrough(): void {
    for (const slot of this.current.keys())
      while (this.window.state === 'active' && this.at(slot).submission === null) this.work(slot);
    const last = this.current.filter((held) => isLastStage(held) && held.submission !== null);
    this.reveal(last.map(({ assignment }) => assignment));
  }

  stageVerdict(held: Assignment, actor: string): DataOfType<'daybook.verdict.recorded.v1'> {
    const { input } = must(held.stage, 'stage');
    const observed = must(held.submission, 'submission').delta.digest;
    const honest = observed === outputOf(held, input).digest;
    return {
      assignment: held.assignment,
      session: this.sessionOf(actor),
      disposition: honest ? 'accepted' : 'rejected',
      reasons: honest ? [] : ['digest_mismatch'],
      observed,
      recomputed: outputOf(held, held.refusedInput ?? input),
      firstDivergence: null,
    };
  }

  /** Every panel judges as it is called, stage after stage; returns what happened. */
  judgeStages(): LedgerEvent[] {
    const events: LedgerEvent[] = [];
    for (;;) {
      events.push(...this.desk.tick());
      const open = submittedIn(this.window).filter(
        ({ challenge, resolvedSequence }) => challenge !== null && resolvedSequence === null,
      );
      if (open.length === 0) return events;
      for (const { assignment } of open)
        for (const actor of this.panelOf(assignment)) {
          const held = this.assignment(assignment);
          if (held.resolvedSequence !== null) continue;
          const verdict = this.stageVerdict(held, actor);
          events.push(...this.desk.must(this.keyOf(actor), 'daybook.verdict.recorded.v1', verdict));
        }
    }
  }
}

/** Two windows: a stage in the middle of one is altered, and somebody goes on from it in good faith. */
export function stagesStory(): Desk {
  const cast = StagesCast.inStages(3, 6);
  cast.work(0);
  cast.work(0, artifactNamed('altered'));
  cast.workThrough();
  cast.judgeStages();
  cast.aggregate(4_000_000, 3_000_000);
  cast.desk.tick();
  cast.workThrough();
  cast.judgeStages();
  cast.aggregate(3_000_000, 2_900_000);
  cast.desk.tick();
  return cast.desk;
}
