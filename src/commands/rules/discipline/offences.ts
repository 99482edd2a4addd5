/**
 * Which recorded facts are offences, where the policy has a ladder. Each rule reads one fact and the
 * books at that point; without terms for a ladder what a rejection costs is as in rewards.ts and
 * challenges.ts.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { verifyEquivocation } from '../../../events/equivocation.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books, WindowBook } from '../../../projections/books.ts';
import {
  assignmentOf,
  must,
  policyOf,
  windowKey,
  windowKeyOf,
} from '../../../projections/books.ts';
import type { LadderPolicy, OffenceKind } from '../../../projections/offence-book.ts';
import { identityOf } from '../../../projections/identities.ts';
import { scoringOf } from '../../../projections/scoring.ts';
import { accusedOf, offenceShown, runOf } from '../../evidence.ts';
import { quarantineRejected } from '../windows/challenges.ts';
import { agreeingOn } from './dispute-parties.ts';
import { found } from './ladder.ts';
import { penalise } from '../money/rewards.ts';
import { strike } from './sanctions.ts';

interface Scene {
  readonly window: WindowBook;
  readonly assignment: Assignment;
  readonly ladder: LadderPolicy;
}

/** Null: the window began under a policy without a ladder. */
function sceneOf(books: Books, id: string): Scene | null {
  const window = must(books.windows[windowKeyOf(id)], 'window');
  const { ladder } = policyOf(books, window);
  return ladder === undefined
    ? null
    : { window, ladder, assignment: must(assignmentOf(books, id), id) };
}

/** Everybody who held or judged it. */
const partiesTo = ({ participant, challenge }: Assignment): ActorId[] => [
  participant,
  ...(challenge?.panel ?? []),
];

type Resolved = EventOf<'daybook.challenge.resolved.v1'>;

/** The author of what was rejected, and validators whose verdicts a quorum contradicts. */
export function punishResolved(books: Books, event: Resolved, nowMs: number): Fact[] {
  const scene = sceneOf(books, event.data.assignment);
  if (scene === null) return [...quarantineRejected(books, event), ...penalise(books, event)];
  const { assignment, ladder, window } = scene;
  const { run } = window;
  const id = assignment.assignment;
  const parties = partiesTo(assignment);
  const evidence = [
    must(assignment.submission, 'submission').sequence,
    event.sequence,
    ...event.data.verdicts,
  ];
  const author =
    event.data.disposition === 'rejected'
      ? found(
          books,
          ladder,
          {
            offence: `work/${id}`,
            participant: assignment.participant,
            kind: kindOfRejected(books, window, assignment, event.data.reasons),
            run,
            evidence,
            parties,
          },
          nowMs,
        )
      : [];
  const wrong = contradicted(event, assignment).flatMap(({ validator, sequence }) =>
    found(
      books,
      ladder,
      {
        offence: `verdict/${id}/${validator}`,
        participant: validator,
        kind: 'false_verdict',
        run,
        evidence: [sequence, event.sequence, ...event.data.verdicts],
        parties,
      },
      nowMs,
    ),
  );
  return [...author, ...wrong];
}

function kindOfRejected(
  books: Books,
  window: WindowBook,
  { assignment, participant, submission }: Assignment,
  reasons: readonly string[],
): OffenceKind {
  const { delta, sequence, computeClass } = must(submission, 'submission');
  const { digest } = delta;
  const copied = Object.values(window.assignments).some(
    (other) =>
      other.participant !== participant &&
      other.submission?.delta.digest === digest &&
      other.submission.sequence < sequence,
  );
  if (copied) return 'copied_delta';
  const replayed = Object.values(books.windows).some((other) =>
    Object.values(other.assignments).some(
      (one) => one.assignment !== assignment && one.counted === digest && other !== window,
    ),
  );
  if (replayed) return 'replayed_delta';
  if (computeClass !== 'exact') return 'divergent_delta';
  return reasons.includes('feedback_mismatch') ? 'wrong_feedback' : 'altered_delta';
}

/**
 * Who said accepted where a quorum rejects, or the other way round, or rejected in favour of another
 * delta. Whoever could not recompute or did not find the bytes said nothing that can be wrong.
 */
function contradicted({ data }: Resolved, { challenge }: Assignment) {
  const isJudgement = (disposition: string): boolean =>
    disposition === 'accepted' || disposition === 'rejected';
  if (!isJudgement(data.disposition)) return [];
  return (challenge?.verdicts ?? []).filter(
    ({ validator, disposition }) => isJudgement(disposition) && !data.agreeing.includes(validator),
  );
}

/** Reports of an aggregate that a quorum computed otherwise. */
export function punishReports(
  books: Books,
  { sequence, data }: EventOf<'daybook.aggregation.agreed.v1'>,
  nowMs: number,
): Fact[] {
  const window = must(books.windows[windowKey(data.run, data.window)], 'window');
  const { ladder } = policyOf(books, window);
  if (ladder === undefined) return [];
  const reports = window.aggregation?.reports ?? [];
  return data.dissenting.flatMap((participant) =>
    found(
      books,
      ladder,
      {
        offence: `report/${data.run}/${data.window}/${participant}`,
        participant,
        kind: 'false_report',
        run: data.run,
        evidence: [
          ...reports.filter((one) => one.validator === participant).map((one) => one.sequence),
          sequence,
        ],
        parties: reports.map((one) => one.validator),
      },
      nowMs,
    ),
  );
}

/** Once a window and kind: whoever is gone is gone for all that it held. */
function observed(
  books: Books,
  { window, assignment, ladder }: Scene,
  kind: OffenceKind,
  participant: ActorId,
  evidence: readonly number[],
  nowMs: number,
): Fact[] {
  const offence = `${kind.replace('_', '-')}/${window.run}/${window.window}/${participant}`;
  const parties = partiesTo(assignment);
  const accusation = { offence, participant, kind, run: window.run, evidence, parties };
  return found(books, ladder, accusation, nowMs);
}

/** Work that was begun and of which nothing came before the claim or the lease was over. */
export function noteDeadLease(
  books: Books,
  { sequence, data }: EventOf<'daybook.assignment.superseded.v1'>,
  nowMs: number,
): Fact[] {
  const scene = sceneOf(books, data.assignment);
  const isDead = data.reason === 'lease_ended' || data.reason === 'claim_expired';
  if (scene === null || !isDead || scene.assignment.session === null) return [];
  const evidence = [scene.assignment.sequence, sequence];
  return observed(books, scene, 'dead_lease', data.participant, evidence, nowMs);
}

/** The challenge of what was sealed and not revealed in time. */
export function noteMissingReveal(
  books: Books,
  { sequence, data }: EventOf<'daybook.challenge.issued.v1'>,
  nowMs: number,
): Fact[] {
  const scene = sceneOf(books, data.assignment);
  if (scene === null || scene.assignment.revealed) return [];
  const { submission, participant } = scene.assignment;
  const evidence = [must(submission, 'submission').sequence, sequence];
  return observed(books, scene, 'missing_reveal', participant, evidence, nowMs);
}

/** Members of a panel in whose place another had to be called for want of their verdicts. */
export function noteMissingVerdicts(
  books: Books,
  { sequence, data }: EventOf<'daybook.panel.extended.v1'>,
  nowMs: number,
): Fact[] {
  if (data.reason !== 'validator_silent') return [];
  const scene = sceneOf(books, data.assignment);
  if (scene === null) return [];
  const { panel, verdicts, sequence: called } = must(scene.assignment.challenge, 'challenge');
  return panel
    .filter(
      (actor) => actor !== data.validator && verdicts.every(({ validator }) => validator !== actor),
    )
    .flatMap((actor) =>
      observed(books, scene, 'missing_verdict', actor, [called, sequence], nowMs),
    );
}

/**
 * Validators that did not say or show their scores while they were waited for: not those who had
 * committed to them where it ended before they could be shown, and nobody where the run failed.
 */
export function noteMissingScores(
  books: Books,
  {
    sequence,
    data,
  }: EventOf<'daybook.consensus.reached.v1'> | EventOf<'daybook.consensus.failed.v1'>,
  nowMs: number,
): Fact[] {
  const { run, window, missing } = data;
  const { ladder } = policyOf(books, must(books.windows[windowKey(run, window)], 'window'));
  if (ladder === undefined || ('reason' in data && data.reason === 'run_failed')) return [];
  const scoring = must(scoringOf(books, run, window), 'scoring');
  const wasHeard = (actor: ActorId): boolean =>
    scoring.sealed === null && scoring.commitments.some(({ validator }) => validator === actor);
  return missing
    .filter((actor) => !wasHeard(actor))
    .flatMap((participant) => {
      const offence = `missing-scores/${run}/${window}/${participant}`;
      const evidence = [scoring.sequence, sequence];
      const about = { offence, participant, run, evidence, parties: [participant] };
      return found(books, ladder, { ...about, kind: 'missing_scores' }, nowMs);
    });
}

type Decided = EventOf<'daybook.dispute.resolved.v1'>;

/** A bond was lost on it: so little that it warns. */
export function noteFrivolous(books: Books, { sequence, data }: Decided, nowMs: number): Fact[] {
  const scene = sceneOf(books, data.assignment);
  if (scene === null) return [];
  const { participant } = scene.assignment;
  const accusation = {
    offence: `dispute/${data.assignment}`,
    participant,
    kind: 'frivolous_dispute' as const,
    run: scene.window.run,
    evidence: [sequence, ...data.findings],
    parties: [...partiesTo(scene.assignment), ...data.defenders],
  };
  return found(books, scene.ladder, accusation, nowMs);
}

/**
 * A rejection is overturned: what it found is struck, of its author and of those whose verdicts it
 * went against, and those who agreed on it have offended - provably where referees found so, while
 * one who only did not answer may have been cut off.
 */
export function punishOverturned(books: Books, event: Decided, nowMs: number): Fact[] {
  const { assignment: id, findings, reasons, defenders } = event.data;
  const scene = must(sceneOf(books, id), 'ladder terms');
  const { assignment, ladder, window } = scene;
  const silent = findings.length === 0 && reasons.includes('defender_silent');
  const because = [event.sequence, ...findings];
  const struck = [
    ...strike(books, assignment.participant, `work/${id}`, because),
    ...(assignment.challenge?.verdicts ?? []).flatMap(({ validator }) =>
      strike(books, validator, `verdict/${id}/${validator}`, because),
    ),
  ];
  const agreeing = agreeingOn(assignment).flatMap((participant) =>
    found(
      books,
      ladder,
      {
        offence: `rejection/${id}/${participant}`,
        participant,
        kind: silent ? 'undefended_verdict' : 'overturned_rejection',
        run: window.run,
        evidence: because,
        parties: [...partiesTo(assignment), ...defenders],
      },
      nowMs,
    ),
  );
  return [...struck, ...agreeing];
}

/** The guard let it pass: what it shows is so. */
export function punishEvidence(
  books: Books,
  { actor, sequence, data }: EventOf<'daybook.evidence.submitted.v1'>,
  nowMs: number,
): Fact[] {
  const ladder = must(books.policy?.ladder, 'ladder terms');
  const participant = must(accusedOf(books, data), 'accused');
  const offence = offenceShown(participant, data);
  const accusation = {
    offence,
    participant,
    evidence: [sequence],
    parties: [identityOf(books, actor)],
    run: null,
  };
  if (data.kind === 'fork')
    return found(books, ladder, { ...accusation, kind: 'forked_ledger' }, nowMs);
  const shown = verifyEquivocation(data.text);
  const run = isLeft(shown) ? null : runOf(books, shown.right.statements);
  return found(books, ladder, { ...accusation, run, kind: 'equivocation' }, nowMs);
}
