/** What validators assert: verdicts and aggregation reports. */
import type { Books } from '../../projections/books.ts';
import {
  assignmentOf,
  must,
  policyOf,
  revisionOf,
  windowKey,
  windowKeyOf,
} from '../../projections/books.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { checkpointProblem } from './environment.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';

export const recordVerdict: Guard<'daybook.verdict.recorded.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const assignment = assignmentOf(books, data.assignment);
  if (assignment === undefined) return refuse('assignment_unknown', data.assignment);
  const gone = givenUp(books, must(windowKeyOf(data.assignment).split('/')[0], 'run'));
  if (gone !== null) return gone;
  const { challenge, submission } = assignment;
  if (challenge === null || submission === null || !challenge.panel.includes(actor))
    return refuse('not_on_panel', `no panel for ${data.assignment} has called this validator`);
  if (challenge.verdicts.some((verdict) => verdict.validator === actor))
    return refuse('verdict_already_recorded', data.assignment);
  if (assignment.resolvedSequence !== null)
    return refuse('challenge_closed', `decided at sequence ${assignment.resolvedSequence}`);
  const exact = submission.computeClass === 'exact';
  const same = data.recomputed?.digest === submission.delta.digest;
  if (data.disposition === 'accepted' && data.observed !== submission.delta.digest)
    return refuse(
      'verdict_inconsistent',
      'accepted, but the bytes seen are not the ones committed',
    );
  // On a refused input honest work and what counts in its place are two things.
  const isRefused = assignment.refusedInput != null;
  const isOther = exact && !same && !isRefused;
  if (data.disposition === 'accepted' && (data.recomputed === null || isOther))
    return refuse('verdict_inconsistent', 'accepted without recomputing the same digest');
  // The delta can be right where the error feedback that was committed to beside it is not.
  const lied = submission.encoded?.feedback && data.reasons.includes('feedback_mismatch');
  // Nor need it tell that its worker had said to train on other pages.
  const otherPages = assignment.pagesRoot !== undefined && data.reasons.includes('wrong_pages');
  if (
    data.disposition === 'rejected' &&
    (data.recomputed === null || (same && !lied && !otherPages && !isRefused))
  )
    return refuse('verdict_inconsistent', 'rejected without another recomputed digest');
  return data.disposition !== 'accepted' && data.reasons.length === 0
    ? refuse('verdict_inconsistent', 'a verdict other than accepted names its reasons')
    : null;
};

/** Its last period is closed: a judgement now would credit what nobody pays. */
const givenUp = (books: Books, run: string): Refusal | null =>
  books.runs[run]?.state === 'failed' ? refuse('run_state_forbids', 'the run has failed') : null;

export const reportAggregation: Guard<'daybook.aggregation.reported.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const gone = givenUp(books, data.run);
  if (gone !== null) return gone;
  const window = books.windows[windowKey(data.run, data.window)];
  const aggregation = window?.aggregation;
  if (window === undefined || !aggregation || window.promotion !== null)
    return refuse('aggregation_not_open', `run ${data.run} window ${data.window}`);
  if (!aggregation.validators.includes(actor))
    return refuse('not_on_panel', 'this validator was not called to aggregate');
  if (aggregation.reports.some((report) => report.validator === actor))
    return refuse('report_already_recorded', `window ${data.window}`);
  const large = checkpointProblem(policyOf(books, window), data.checkpoint, data.momentum);
  if (large !== null) return large;
  const run = must(books.runs[window.run], 'run');
  const known = revisionOf(run, window.revision)?.heldOutLossMicroNats ?? null;
  return known !== null && known !== data.lossBeforeMicroNats
    ? refuse('verdict_inconsistent', `the loss before is on record as ${known}`)
    : null;
};
