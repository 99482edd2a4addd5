/**
 * What workers assert: claim, commit, reveal. These are the universal cheap checks that every
 * contribution passes before anybody recomputes it: identity, lease, assignment, input revision,
 * amount of work, sizes, duplicates.
 */
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { DataOfType } from '../../events/catalogue.ts';
import type { ActorId, Digest } from '../../events/ids.ts';
import type {
  Assignment,
  Books,
  Policy,
  RunBook,
  RunPlan,
  WindowBook,
} from '../../projections/books.ts';
import { assignmentOf, must, policyFor, policyOf, windowKeyOf } from '../../projections/books.ts';
import { isLastStage } from '../../projections/grouped-stages.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { adapterBytesMax } from './adapter.ts';
import { feedbackProblem } from './encoding.ts';
import { deltaBytesAllowed } from './environment.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

interface Held {
  readonly assignment: Assignment;
  readonly window: WindowBook;
  readonly run: RunBook;
}

function held(
  books: Books,
  actor: ActorId,
  data: { readonly assignment: string; readonly session: number },
): Either<Refusal, Held> {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return left(problem);
  const assignment = assignmentOf(books, data.assignment);
  if (assignment === undefined) return left(refuse('assignment_unknown', data.assignment));
  if (assignment.participant !== actor)
    return left(refuse('assignment_not_yours', `it belongs to ${assignment.participant}`));
  if (assignment.state === 'superseded')
    return left(refuse('assignment_superseded', assignment.reasons.join(', ')));
  const window = must(books.windows[windowKeyOf(data.assignment)], 'window');
  const run = must(books.runs[window.run], 'run');
  if (run.state === 'failed') return left(refuse('run_state_forbids', 'the run has failed'));
  return right({ assignment, window, run });
}

export const claim: Guard<'daybook.assignment.claimed.v1'> = (books, { actor, fact: { data } }) =>
  claimProblem(books, actor, data) ??
  (policyFor(books, data.assignment).catchUp === undefined
    ? null
    : refuse('state_not_shown', 'claims of this window show the state that they start from'));

/** What claims of every version must be. */
export function claimProblem(
  books: Books,
  actor: ActorId,
  data: DataOfType<'daybook.assignment.claimed.v1'>,
): Refusal | null {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { assignment, window } = found.right;
  if (window.state !== 'active') return refuse('window_not_active', `it is ${window.state}`);
  // A later session of the same node may take up what an earlier one had begun.
  const again = assignment.state === 'claimed' && assignment.session !== data.session;
  return assignment.state === 'issued' || again
    ? null
    : refuse('assignment_state_forbids', `it is ${assignment.state}`);
}

export const commit: Guard<'daybook.submission.committed.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { encoding } = found.right.run.plan;
  if (encoding !== undefined)
    return refuse('wrong_encoding', `this run's deltas are in ${encoding.name}`);
  return found.right.assignment.stage === undefined
    ? submissionProblem(books, actor, data, found.right)
    : refuse('wrong_work', 'this is one stage of a slot: commit to what the stage came to');
};

/** What a stage came to: the checks are those of a whole slot, over its own steps. */
export const commitStage: Guard<'daybook.submission.committed.v3'> = (
  books,
  { actor, fact: { data } },
) => {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { assignment, window, run } = found.right;
  const { stage } = assignment;
  if (stage === undefined) return refuse('wrong_work', 'this is a whole slot, not a stage of one');
  const problem = turnProblem(data.session, found.right);
  if (problem !== null) return problem;
  if (data.input !== stage.input)
    return refuse('state_drifted', `the stage begins with ${stage.input}`);
  if (books.members[actor]?.computeClass !== 'exact')
    return refuse('compute_class_mismatch', 'stages are of the exact class');
  const tokens = stage.steps * run.plan.batchPages * run.plan.model.contextLength;
  if (data.steps !== stage.steps || data.tokens !== tokens)
    return refuse('wrong_work', `${stage.steps} steps over ${tokens} tokens were assigned`);
  return (
    sizeProblem(policyOf(books, window), run.plan, assignment, data.output.sizeBytes) ??
    repeats(window, actor, data.output.digest)
  );
};

/** A state is parameters and two moments of each. */
function sizeProblem(
  policy: Policy,
  plan: RunPlan,
  assignment: Assignment,
  sizeBytes: number,
): Refusal | null {
  const bytesMax = isLastStage(assignment)
    ? deltaBytesAllowed(policy, deltaBytesMax(plan))
    : Math.min(3 * deltaBytesMax(plan), policy.artifact?.checkpointBytesMax ?? Infinity);
  return sizeBytes > bytesMax
    ? refuse('oversized_delta', `${sizeBytes} bytes, at most ${bytesMax}`)
    : null;
}

export const commitEncoded: Guard<'daybook.submission.committed.v2'> = (
  books,
  { actor, fact: { data } },
) => {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { run } = found.right;
  return (
    submissionProblem(books, actor, data, found.right) ??
    feedbackProblem(run, actor, data, deltaBytesMax(run.plan))
  );
};

export const fail: Guard<'daybook.assignment.failed.v1'> = (books, { actor, fact: { data } }) => {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { assignment, window } = found.right;
  if (window.state !== 'active') return refuse('window_not_active', `it is ${window.state}`);
  return assignment.state === 'claimed' && assignment.session === data.session
    ? null
    : refuse('assignment_state_forbids', `it is ${assignment.state}; claim it first`);
};

/** What both kinds of submission must be. */
function submissionProblem(
  books: Books,
  actor: ActorId,
  data: Omit<DataOfType<'daybook.submission.committed.v1'>, 'encoding'>,
  work: Held,
): Refusal | null {
  const {
    window,
    run: { plan },
  } = work;
  const problem = turnProblem(data.session, work);
  if (problem !== null) return problem;
  if (data.checkpoint !== window.checkpoint)
    return refuse('stale_revision', `the window starts from ${window.checkpoint}`);
  if (data.computeClass !== books.members[actor]?.computeClass)
    return refuse('compute_class_mismatch', `the session declared another class`);
  const tokens = plan.innerSteps * plan.batchPages * plan.model.contextLength;
  if (data.innerSteps !== plan.innerSteps || data.tokens !== tokens)
    return refuse('wrong_work', `${plan.innerSteps} steps over ${tokens} tokens were assigned`);
  const bytesMax = deltaBytesAllowed(policyOf(books, window), deltaBytesMax(plan));
  if (data.delta.sizeBytes > bytesMax)
    return refuse('oversized_delta', `${data.delta.sizeBytes} bytes, at most ${bytesMax}`);
  return repeats(window, actor, data.delta.digest);
}

/** Why this is not the time to commit to anything. */
function turnProblem(session: number, { assignment, window }: Held): Refusal | null {
  if (window.state !== 'active') return refuse('window_not_active', `it is ${window.state}`);
  return assignment.state !== 'claimed' || assignment.session !== session
    ? refuse('assignment_state_forbids', `it is ${assignment.state}; claim it first`)
    : null;
}

function repeats(window: WindowBook, actor: ActorId, digest: Digest): Refusal | null {
  // Of another's delta nobody can tell here whose it is: both are challenged (challenges.ts).
  const earlier = Object.values(window.assignments).find(
    ({ participant, submission }) => participant === actor && submission?.delta.digest === digest,
  );
  return earlier === undefined
    ? null
    : refuse('delta_already_committed', `by ${earlier.assignment}`);
}

export const deltaBytesMax = ({ model, adapter }: Pick<RunPlan, 'model' | 'adapter'>): number =>
  adapter === undefined ? modelBytesMax(model) : adapterBytesMax(model, adapter);

/** Four bytes a parameter and room for the header: 256 bytes a tensor, nine tensors a layer. */
function modelBytesMax(model: RunPlan['model']): number {
  const { dModel, dFf, layers, vocabSize } = model;
  const parameters =
    2 * vocabSize * dModel +
    layers * (4 * dModel * dModel + 3 * dModel * dFf + 2 * dModel) +
    dModel;
  return 4 * parameters + 256 * (9 * layers + 4);
}

export const reveal: Guard<'daybook.upload.completed.v1'> = (books, { actor, fact: { data } }) => {
  const found = held(books, actor, data);
  if (isLeft(found)) return found.left;
  const { assignment, window } = found.right;
  if (assignment.submission === null)
    return refuse('assignment_state_forbids', `it is ${assignment.state}; nothing is committed`);
  if (window.state === 'active')
    return refuse('window_not_sealed', 'the window still takes submissions');
  if (assignment.revealed) return refuse('assignment_state_forbids', 'it is revealed already');
  if (window.drawn) return refuse('assignment_state_forbids', 'the audit draw has been made');
  const { delta } = assignment.submission;
  return delta.digest === data.delta.digest && delta.sizeBytes === data.delta.sizeBytes
    ? null
    : refuse('delta_mismatch', `committed to ${delta.digest}, ${delta.sizeBytes} bytes`);
};
