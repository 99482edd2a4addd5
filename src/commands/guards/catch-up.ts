/** What is asserted about states reached and chunks offered, under the policy's terms for catching up. */
import { policyFor, revisionCount, revisionOf, windowKeyOf } from '../../projections/books.ts';
import { knownArtifact } from '../../projections/catch-up.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { Guard } from './guard.ts';
import { sessionProblem } from './participants.ts';
import { claimProblem } from './work.ts';

const notOffered = (): Refusal =>
  refuse('catch_up_not_offered', 'the policy has no terms for catching up');

export const completeCatchUp: Guard<'daybook.catchup.completed.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const terms = books.policy?.catchUp;
  if (terms === undefined) return notOffered();
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const run = books.runs[data.run];
  if (run === undefined) return refuse('run_unknown', data.run);
  if (run.state === 'completed' || run.state === 'failed')
    return refuse('run_state_forbids', `the run is ${run.state}`);
  const revision = revisionOf(run, data.revision);
  if (revision?.revision !== data.revision)
    return refuse('revision_unknown', `revision ${data.revision} of ${data.run}`);
  const behind = revisionCount(run) - 1 - data.revision;
  if (behind > terms.staleRevisionsMax)
    return refuse('state_stale', `${behind} behind, at most ${terms.staleRevisionsMax}`);
  if (revision.checkpoint.digest !== data.checkpoint)
    return refuse('state_drifted', `revision ${data.revision} is ${revision.checkpoint.digest}`);
  const before = books.caughtUp?.[data.run]?.[actor];
  return before?.session === data.session && before.revision >= data.revision
    ? refuse('already_caught_up', `with revision ${before.revision} in this session`)
    : null;
};

export const advertiseChunks: Guard<'daybook.chunks.advertised.v1'> = (
  books,
  { actor, fact: { data } },
) => {
  const terms = books.policy?.catchUp;
  if (terms === undefined) return notOffered();
  const problem = sessionProblem(books, actor, data.session);
  if (problem !== null) return problem;
  const known = knownArtifact(books, data.artifact.digest);
  if (known === null) return refuse('artifact_unknown', data.artifact.digest);
  const { sizeBytes } = data.artifact;
  const contradictions: [boolean, string][] = [
    [known.sizeBytes !== sizeBytes, `the artifact has ${known.sizeBytes} bytes`],
    [data.chunkBytes !== terms.chunkBytes, `chunks have ${terms.chunkBytes} bytes`],
    [data.count !== Math.ceil(sizeBytes / data.chunkBytes), 'so many chunks it does not have'],
    [data.goodForMs > terms.advertMaxMs, `good for ${terms.advertMaxMs} ms at most`],
  ];
  const found = contradictions.find(([holds]) => holds);
  return found === undefined ? null : refuse('advertisement_inconsistent', found[1]);
};

export const claimWithState: Guard<'daybook.assignment.claimed.v2'> = (
  books,
  { actor, fact: { data } },
) => {
  const problem = claimProblem(books, actor, data);
  if (problem !== null) return problem;
  if (policyFor(books, data.assignment).catchUp === undefined) return notOffered();
  const input = books.windows[windowKeyOf(data.assignment)]?.checkpoint;
  return input === data.checkpoint
    ? null
    : refuse('state_drifted', `the window starts from ${input}`);
};
