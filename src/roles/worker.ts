/**
 * The worker role: claims assignments, trains for real, commits to the delta's digest, and reveals
 * its bytes after the seal. A delta lost to a restart is computed again: it is a pure function.
 */
import type { FactOf } from '../events/catalogue.ts';
import { reasonCode } from '../events/codecs.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { assignmentOf, must, policyFor, windowKeyOf } from '../projections/books.ts';
import type { Assignment, StageData, WindowBook } from '../projections/books.ts';
import { isLastStage } from '../projections/grouped-stages.ts';
import type { CatchUpOptions } from './catch-up/catch-up.ts';
import { CatchUp } from './catch-up/catch-up.ts';
import { storeSources } from './catch-up/sources.ts';
import type { ReachedState } from './catch-up/state-keeper.ts';
import { StateKeeper } from './catch-up/state-keeper.ts';
import { ComputeError } from './compute-lane.ts';
import type { SentContribution } from './compute-lane.ts';
import { pagesReceipt } from './dataset-cache.ts';
import { KeptFeedback } from './kept-feedback.ts';
import { appeal } from './appeals/appeal.ts';
import { contest } from './disputes/contest.ts';
import { answerDispute } from './disputes/answer.ts';
import { answerOffer } from './matchmaking.ts';
import type { Duties, Node } from './node.ts';
import { assignedPages, recomputeContribution } from './recompute.ts';
import { runStage } from './stage-work.ts';
import { observe } from './verdict-on.ts';
import { RENEWALS_MAX, sendInSession } from './send-in-session.ts';
import type { Step } from './steps.ts';
import { MemoryShelf } from './transfer/shelf.ts';

/** What a dishonest worker does to its delta before committing to it; for rehearsals and tests. */
export type Tamper = (delta: Uint8Array, window: number) => Uint8Array;

interface Trained extends Omit<SentContribution, 'delta'> {
  readonly delta: Uint8Array;
  /** Digest of the error feedback that went into the delta. */
  readonly feedbackFrom: Digest | null;
  readonly assignment: string;
  /** Undefined: it is a whole slot. */
  readonly stage: StageData | undefined;
  readonly work: WindowBook;
  readonly elapsedMs: number;
}

/** States come from the store and stay for the process's life. */
const inMemory = (): CatchUpOptions => ({
  mode: 'overlapped',
  keeper: new StateKeeper({ shelf: new MemoryShelf(), sourcesOf: storeSources() }),
});

const INPUT_LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 500;

const microNats = (nats: number): number => Math.max(0, Math.round(nats * 1e6));

export class WorkerDuties implements Duties {
  readonly #deltas = new Map<string, Uint8Array>();
  readonly #feedback = new KeptFeedback();
  readonly #tamper: Tamper;
  readonly #catchUp: CatchUp;

  constructor(tamper: Tamper = (delta) => delta, catchUp: CatchUpOptions = inMemory()) {
    this.#tamper = tamper;
    this.#catchUp = new CatchUp(catchUp);
  }

  prepare(node: Node, signal: AbortSignal): Promise<void> {
    return this.#catchUp.prepare(node, signal);
  }

  beside(node: Node, signal: AbortSignal): Promise<void> {
    return this.#catchUp.beside(node, signal);
  }

  async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    if (step.kind === 'offer') return answerOffer(step.about, node, signal);
    if (step.kind === 'appeal') return appeal(step.about, node, signal);
    const assignment = assignmentOf(node.follower.books, step.about);
    if (assignment === undefined || assignment.participant !== node.self) return;
    if (step.kind === 'train') await this.#train(assignment, node, signal);
    else if (step.kind === 'reveal') await this.#reveal(assignment, node, signal);
    else if (step.kind === 'show') await this.#show(assignment, node);
    else if (step.kind === 'contest') await contest(assignment, node, signal);
    else if (step.kind === 'answer') await answerDispute(step.about, node, signal);
  }

  async #train(held: Assignment, node: Node, signal: AbortSignal): Promise<void> {
    const { assignment } = held;
    if (held.state !== 'issued' && held.state !== 'claimed') return;
    let trained: Trained | null = null;
    for (let renewals = 0; ; renewals += 1) {
      const session = node.session.number;
      const state = await this.#stateFor(assignment, node, signal);
      const claimed = await this.#claim(assignment, session, state, node, signal);
      if (claimed.status === 'recorded') {
        await node.follower.reach(claimed.sequence, signal);
        try {
          trained ??= await this.#compute(held, node, state?.checkpoint, signal);
          await handOn(trained, node);
        } catch (error) {
          if (!(error instanceof ComputeError)) throw error;
          return this.#fail(assignment, session, error, node, signal);
        }
      }
      const reply =
        trained === null || claimed.status === 'refused'
          ? claimed
          : await this.#commit(trained, session, node, signal);
      if (reply.status === 'recorded') return;
      if (reply.code !== 'session_over' || renewals === RENEWALS_MAX) {
        this.#deltas.delete(assignment);
        return refused(node, claimed === reply ? 'claim' : 'commit', assignment, reply.code);
      }
      // The delta is the same in the next session; only the claim has to be made again.
      await node.session.renew(session, signal);
    }
  }

  /** What the assignment starts from, checked; null where the policy asks for no state. */
  async #stateFor(assignment: string, node: Node, signal: AbortSignal) {
    const { books } = node.follower;
    if (policyFor(books, assignment).catchUp === undefined) return null;
    const { run, revision } = must(books.windows[windowKeyOf(assignment)], 'window');
    return this.#catchUp.stateFor(node, run, revision, signal);
  }

  async #claim(
    assignment: string,
    session: number,
    state: ReachedState | null,
    node: Node,
    signal: AbortSignal,
  ) {
    const id = `claim-${assignment.replaceAll('/', '-')}-${session}`;
    const data = { assignment, session };
    if (state === null)
      return node.client.send(id, { type: 'daybook.assignment.claimed.v1', data }, signal);
    const pages = await assignedPages(node, node.follower.books, assignment);
    const shown = { ...data, checkpoint: state.digest, pagesRoot: pagesReceipt(pages) };
    return node.client.send(id, { type: 'daybook.assignment.claimed.v2', data: shown }, signal);
  }

  /** Nobody need wait until the claim expires. */
  async #fail(
    assignment: string,
    session: number,
    { code, message }: ComputeError,
    node: Node,
    signal: AbortSignal,
  ): Promise<void> {
    node.say(`could not train ${assignment}: ${code}: ${message}`, 'contribution.failed', {
      assignment,
      code,
    });
    const reason = reasonCode.is(code) ? code : 'computation_failed';
    const reply = await node.client.send(
      `fail-${assignment.replaceAll('/', '-')}-${session}`,
      { type: 'daybook.assignment.failed.v1', data: { assignment, session, reason } },
      signal,
    );
    if (reply.status === 'refused') refused(node, 'fail', assignment, reply.code);
  }

  async #commit(trained: Trained, session: number, node: Node, signal: AbortSignal) {
    const { assignment, tokens, lossLast, elapsedMs } = trained;
    const reply = await node.client.send(
      `commit-${assignment.replaceAll('/', '-')}-${session}`,
      submissionOf(trained, session, node),
      signal,
    );
    if (reply.status === 'refused') return reply;
    const speed = Math.round((1000 * tokens) / Math.max(elapsedMs, 1));
    node.say(
      `committed ${assignment}: loss ${lossLast.toFixed(3)}, ${speed} tokens/s`,
      'contribution.committed',
      { assignment, entry: reply.status === 'recorded' ? reply.sequence : null, tokens },
    );
    return reply;
  }

  /** @param checkpoint the window's input, where it is at hand */
  async #compute(
    held: Assignment,
    node: Node,
    checkpoint: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Trained> {
    const { assignment, submission } = held;
    const { books } = node.follower;
    const startedMs = node.clock.nowMs();
    const work = must(books.windows[windowKeyOf(assignment)], 'window');
    const feedbackFrom =
      submission === null
        ? this.#feedback.forNext(books, work.run, node.self)
        : (submission.encoded?.feedbackFrom ?? null);
    const taken = feedbackFrom === null ? null : await this.#feedback.get(feedbackFrom, node);
    const contribution =
      held.stage === undefined
        ? await recomputeContribution(node, books, assignment, taken, checkpoint)
        : await this.#stage(held, node, checkpoint, signal);
    const delta = this.#tamper(contribution.delta, work.window);
    this.#deltas.set(assignment, delta);
    if (contribution.feedback !== null) this.#feedback.keep(contribution.feedback);
    const elapsedMs = Math.max(node.clock.nowMs() - startedMs, 0);
    const { stage } = held;
    return { ...contribution, assignment, stage, delta, feedbackFrom, work, elapsedMs };
  }

  /** Its input is looked for a while: a store that is replicated shows late what it has. */
  async #stage(
    { assignment, stage }: Assignment,
    node: Node,
    checkpoint: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<SentContribution> {
    const { input, upstream } = must(stage, 'stage');
    const handed =
      upstream === null && checkpoint !== undefined
        ? checkpoint
        : await awaitInput(input, node, signal);
    return runStage(node, node.follower.books, assignment, handed, checkpoint);
  }

  /** For those who judge the delta: it cannot be recomputed without. */
  async #show({ submission, resolvedSequence }: Assignment, node: Node): Promise<void> {
    const from = submission?.encoded?.feedbackFrom ?? null;
    if (from === null || resolvedSequence !== null) return;
    await node.artifacts.put(await this.#feedback.get(from, node));
  }

  async #reveal(held: Assignment, node: Node, signal: AbortSignal): Promise<void> {
    const { assignment, submission, revealed } = held;
    if (submission === null || revealed) return;
    const delta =
      this.#deltas.get(assignment) ?? (await this.#compute(held, node, undefined, signal)).delta;
    await node.artifacts.put(delta);
    const bytes = artifactOf(delta);
    const reply = await sendInSession(
      node,
      (session) => `reveal-${assignment.replaceAll('/', '-')}-${session}`,
      (session) => ({
        type: 'daybook.upload.completed.v1',
        data: { assignment, session, delta: bytes },
      }),
      signal,
    );
    this.#deltas.delete(assignment);
    if (reply.status === 'refused') refused(node, 'reveal', assignment, reply.code);
  }
}

/** What the next stage begins with is in the store before anybody is bound to it. */
async function handOn({ stage, delta }: Trained, { artifacts }: Node): Promise<void> {
  if (stage !== undefined && !isLastStage({ stage })) await artifacts.put(delta);
}

/** @throws ComputeError input_missing or input_corrupt, which is why the stage cannot be done */
async function awaitInput(digest: Digest, node: Node, signal: AbortSignal): Promise<Uint8Array> {
  for (let look = 1; ; look += 1) {
    const { bytes, reason } = await observe(digest, node);
    if (bytes !== null) return bytes;
    if (look === INPUT_LOOKS_MAX)
      throw new ComputeError({
        name: 'StageInput',
        message: `what the stage before handed on, ${digest}, is not there: ${reason}`,
        code: reason === 'artifact_corrupt' ? 'input_corrupt' : 'input_missing',
      });
    await node.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

function submissionOf(
  { assignment, stage, delta, feedback, feedbackFrom, work, ...report }: Trained,
  session: number,
  { follower, info }: Node,
): FactOf<
  | 'daybook.submission.committed.v1'
  | 'daybook.submission.committed.v2'
  | 'daybook.submission.committed.v3'
> {
  const { plan } = must(follower.books.runs[work.run], 'run');
  const { tokens, trace, lossFirst, lossLast, elapsedMs } = report;
  const made = {
    assignment,
    session,
    backend: info.description,
    tokens,
    lossFirstMicroNats: microNats(lossFirst),
    lossLastMicroNats: microNats(lossLast),
    trace,
    elapsedMs,
  };
  const bytes = artifactOf(delta);
  if (stage !== undefined) {
    const { input, steps } = stage;
    const data = { ...made, input, output: bytes, computeClass: 'exact' as const, steps };
    return { type: 'daybook.submission.committed.v3', data };
  }
  const said = {
    ...made,
    checkpoint: work.checkpoint,
    delta: bytes,
    computeClass: info.computeClass,
    innerSteps: plan.innerSteps,
  };
  if (plan.encoding === undefined)
    return { type: 'daybook.submission.committed.v1', data: { ...said, encoding: 'f32' } };
  const encoded = {
    encoding: plan.encoding.name,
    feedbackFrom,
    feedback: feedback === null ? null : artifactOf(feedback),
  };
  return { type: 'daybook.submission.committed.v2', data: { ...said, ...encoded } };
}

const artifactOf = (bytes: Uint8Array) => ({
  digest: digestOf(bytes),
  sizeBytes: bytes.byteLength,
});

/** A refusal ends the step: the ledger has moved on, and sending the same again changes nothing. */
function refused(node: Node, what: string, assignment: string, code: string): void {
  node.say(`${what} ${assignment} refused: ${code}`, 'fact.refused', { what, assignment, code });
}
