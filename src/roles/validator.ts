/**
 * The validator role: recomputes the contributions it is called to judge and says what came out,
 * computes the outer step with the held-out loss before and after, and scores what was accepted. It reads the work from its
 * own fold and the bytes by digest; it believes nobody.
 */
import { assignmentOf, must, revisionOf } from '../projections/books.ts';
import { appeal, hear } from './appeals/appeal.ts';
import { answerDispute } from './disputes/answer.ts';
import { referee } from './disputes/referee.ts';
import { answerOffer } from './matchmaking.ts';
import type { Duties, Node } from './node.ts';
import { heldOutLoss, recomputeContribution, recomputeOuterStep } from './recompute.ts';
import { ScoringDuty } from './scoring/duty.ts';
import { recomputeCounted } from './stage-work.ts';
import { sendInSession } from './send-in-session.ts';
import type { Step } from './steps.ts';
import type { Recovered } from './verdict-on.ts';
import { observe, verdictOn } from './verdict-on.ts';

export class ValidatorDuties implements Duties {
  readonly #recovered: Recovered = new Map();
  readonly #scoring = new ScoringDuty();

  async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    if (step.kind === 'offer') await answerOffer(step.about, node, signal);
    else if (step.kind === 'judge') await judge(step.about, node, this.#recovered, signal);
    else if (step.kind === 'aggregate') {
      await publishCounted(step.about, node, this.#recovered);
      await aggregate(step.about, node, signal);
      this.#recovered.clear();
    } else if (step.kind === 'score') await this.#scoring.score(step.about, node, signal);
    else if (step.kind === 'show-scores') await this.#scoring.show(step.about, node, signal);
    else if (step.kind === 'answer') await answerDispute(step.about, node, signal);
    else if (step.kind === 'referee') await referee(step.about, node, signal);
    else if (step.kind === 'appeal') await appeal(step.about, node, signal);
    else if (step.kind === 'hear') await hear(step.about, node, signal);
  }
}

async function judge(
  assignment: string,
  node: Node,
  recovered: Recovered,
  signal: AbortSignal,
): Promise<void> {
  const held = assignmentOf(node.follower.books, assignment);
  const actor = node.self;
  const { challenge, submission } = held ?? {};
  if (!challenge?.panel.includes(actor) || !submission || held?.resolvedSequence !== null) return;
  if (challenge.verdicts.some((verdict) => verdict.validator === actor)) return;
  const verdict = await verdictOn(assignment, submission, node, recovered, signal);
  const reply = await sendInSession(
    node,
    (session) => `verdict-${assignment.replaceAll('/', '-')}-${actor}-${session}`,
    (session) => ({
      type: 'daybook.verdict.recorded.v1',
      data: { assignment, session, ...verdict },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : verdict.disposition;
  node.say(`judged ${assignment}: ${outcome}`, 'verdict.given', {
    assignment,
    outcome,
    entry: reply.status === 'recorded' ? reply.sequence : null,
  });
}

/** Every delta that counts, in the store for the outer step and for whoever audits it. */
async function publishCounted(key: string, node: Node, recovered: Recovered): Promise<void> {
  const { books } = node.follower;
  const held = Object.values(books.windows[key]?.assignments ?? {});
  for (const { assignment, counted, submission, stage } of held) {
    if (counted === null || (await observe(counted, node)).bytes !== null) continue;
    const from = submission?.encoded?.feedbackFrom ?? null;
    const shown = from === null ? null : (await observe(from, node)).bytes;
    if (from !== null && shown === null) continue;
    const made = recovered.has(counted)
      ? { delta: must(recovered.get(counted), counted) }
      : stage === undefined
        ? await recomputeContribution(node, books, assignment, shown)
        : await recomputeCounted(node, books, assignment);
    if (made !== null) await node.artifacts.put(made.delta);
  }
}

async function aggregate(key: string, node: Node, signal: AbortSignal): Promise<void> {
  const { books } = node.follower;
  const actor = node.self;
  const window = books.windows[key];
  if (window === undefined) return;
  const { aggregation, promotion, run } = window;
  if (aggregation === null || promotion !== null || !aggregation.validators.includes(actor)) return;
  if (aggregation.reports.some((report) => report.validator === actor)) return;
  const outer = await recomputeOuterStep(node, books, window);
  const revision = must(revisionOf(must(books.runs[run], run), window.revision), 'revision');
  const before =
    revision.heldOutLossMicroNats ??
    (await heldOutLoss(node, books, run, await node.artifacts.get(window.checkpoint)));
  const after = await heldOutLoss(node, books, run, outer.checkpoint);
  const found = {
    checkpoint: await node.artifacts.put(outer.checkpoint),
    momentum: await node.artifacts.put(outer.momentum),
    lossBeforeMicroNats: before,
    lossAfterMicroNats: after,
  };
  const reply = await sendInSession(
    node,
    (session) => `aggregate-${key.replaceAll('/', '-')}-${actor}-${session}`,
    (session) => ({
      type: 'daybook.aggregation.reported.v1',
      data: { run, window: window.window, session, ...found },
    }),
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'reported';
  node.say(
    `aggregated ${key}: held-out loss ${(after / 1e6).toFixed(4)}, ${outcome}`,
    'aggregation.reported',
    { window: key, outcome, entry: reply.status === 'recorded' ? reply.sequence : null },
  );
}
