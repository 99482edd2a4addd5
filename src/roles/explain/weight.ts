/**
 * Why a participant has the share of a window that it has: what each validator committed to and showed,
 * what of it the consensus let stand, and the credit that came of it. Yuma is computed again from the
 * scores, with the bonds of all consensus before; `agrees` says whether the ledger has the same.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { commitmentOf } from '../../commands/consensus/commitment.ts';
import type { YumaOutcome } from '../../commands/consensus/yuma.ts';
import { distanceBps, yuma } from '../../commands/consensus/yuma.ts';
import { scoreSeed } from '../../commands/draws.ts';
import { earnedBy } from '../../commands/rules/money/accounts.ts';
import type { EventOf } from '../../events/catalogue.ts';
import type { Bonds } from '../../projections/bonds.ts';
import type { Books, Member } from '../../projections/books.ts';
import { assignmentOf, must, windowKey } from '../../projections/books.ts';
import type { ContributionScore, ScoringTerms } from '../../projections/scoring-book.ts';
import { weightsOf } from '../../projections/scoring-book.ts';
import type { Evidence } from './chronicle.ts';
import type { Lessening } from './lessened.ts';
import { lessenedIn } from './lessened.ts';
import type { Party } from './party.ts';
import { findParty, partyOf } from './party.ts';

/** One validator's say. Shares are in Q32: 2^32 is all. */
export interface VectorLine extends Party {
  readonly stake: string;
  readonly committed: number | null;
  readonly shown: number | null;
  /** Null where nothing was shown. */
  readonly commitmentHolds: boolean | null;
  /** Of the contributor asked about; of all, in order, where a validator is. */
  readonly scores: readonly ContributionScore[];
  /** What it gives the contributor asked about; null where a validator is. */
  readonly given: number | null;
  /** The same, cut to the consensus. */
  readonly clipped: number | null;
  readonly distanceBps: number | null;
}

export interface ShareOfWindow {
  /** Consensus weight of a contributor, null of a validator. */
  readonly weight: number | null;
  /** Incentive of a contributor, dividend of a validator. */
  readonly share: number;
  readonly trust: number;
}

export interface WeightExplanation {
  readonly who: Party;
  readonly role: Member['role'];
  readonly run: string;
  readonly window: number;
  readonly terms: ScoringTerms & { readonly policy: number };
  readonly requested: {
    readonly sequence: number;
    readonly seed: string;
    /** Null: the root that seeds it is not known here. */
    readonly seedHolds: boolean | null;
    readonly contributions: readonly string[];
  };
  readonly sealed: number | null;
  readonly vectors: readonly VectorLine[];
  readonly outcome:
    | { readonly kind: 'open' }
    | { readonly kind: 'failed'; readonly sequence: number; readonly reason: string }
    | {
        readonly kind: 'reached';
        readonly sequence: number;
        readonly recorded: ShareOfWindow | null;
        readonly derived: ShareOfWindow | null;
        readonly receipts: readonly number[];
      };
  /** Whether Yuma comes to what is recorded; null where no consensus is. */
  readonly agrees: boolean | null;
  readonly missing: readonly Party[];
  readonly credits: readonly {
    readonly sequence: number;
    readonly unit: string;
    readonly amount: string;
    readonly reason: string;
    readonly transfer: string;
  }[];
  /** What made its credits of this window less than its share, also where nothing was left. */
  readonly lessened: readonly Lessening[];
}

export interface WeightQuestion {
  /** Name, public key or the beginning of one; or `<run>/<window>/` and such. */
  readonly who: string;
  readonly run?: string;
  /** Default: the last one that was scored. */
  readonly window?: number;
}

export function explainWeight(
  evidence: Evidence,
  { who: asked, run: named, window: index }: WeightQuestion,
): Either<string, WeightExplanation> {
  const { books } = evidence;
  const who = findParty(books, asked);
  const whole = /^([^/]+)\/(\d+)\/(.+)$/.exec(asked);
  if (who._tag === 'Left' && whole !== null && index === undefined) {
    const [, of = '', number, rest = ''] = whole;
    return explainWeight(evidence, { who: rest, run: of, window: Number(number) });
  }
  if (who._tag === 'Left') return who;
  const runs = Object.keys(books.runs);
  const run = named ?? (runs.length === 1 ? runs[0] : undefined);
  if (run === undefined || books.runs[run] === undefined)
    return left(`say which run with --run: ${runs.join(', ') || 'none yet'}`);
  const scored = requestsOf(evidence, run);
  const request =
    index === undefined ? scored.at(-1) : scored.find(({ data }) => data.window === index);
  if (request === undefined)
    return left(
      scored.length === 0
        ? `run ${run} has no scored window`
        : `run ${run} has scored windows ${scored.map(({ data }) => data.window).join(', ')}`,
    );
  return right(weightOfWindow(evidence, who.right, request));
}

type Request = EventOf<'daybook.scores.requested.v1'>;
type Reached = EventOf<'daybook.consensus.reached.v1'>;

const subjectOf = (run: string, window: number): string => `run/${run}/window/${window}`;

const requestsOf = ({ books, chronicle }: Evidence, run: string): Request[] =>
  Array.from({ length: books.runs[run]?.windowsPlanned ?? 0 }, (_, window) =>
    chronicle.all(subjectOf(run, window), 'daybook.scores.requested.v1'),
  ).flat();

function weightOfWindow(evidence: Evidence, who: Party, request: Request): WeightExplanation {
  const { books, chronicle } = evidence;
  const { run, window, contributions } = request.data;
  const subject = subjectOf(run, window);
  const reached = chronicle.last(subject, 'daybook.consensus.reached.v1');
  const failed = chronicle.last(subject, 'daybook.consensus.failed.v1');
  const receipts = chronicle.all(subject, 'daybook.consensus.disagreed.v1');
  const found = reached === null ? null : derived(evidence, run, reached);
  const own = reached === null ? null : shareIn(reached, who);
  const again = found === null ? null : shareOf(found, who);
  const account = earnedBy(run, who.participant);
  const journal = (id: string): boolean =>
    id.startsWith(`work/${run}/${window}/`) ||
    id.startsWith(`audit/${run}/${window}/`) ||
    id.startsWith(`aggregate/${run}/${window}/`);
  return {
    who,
    role: books.members[who.participant]?.role ?? 'worker',
    run,
    window,
    terms: termsOf(evidence, request),
    requested: {
      sequence: request.sequence,
      seed: request.data.seed,
      seedHolds: seedHolds(evidence, request),
      contributions,
    },
    sealed: chronicle.last(subject, 'daybook.scores.sealed.v1')?.sequence ?? null,
    vectors: vectorsOf(evidence, who, request, found),
    outcome:
      reached !== null
        ? {
            kind: 'reached',
            sequence: reached.sequence,
            recorded: own,
            derived: again,
            receipts: receipts
              .filter(({ data }) =>
                data.validators.some((one) => one.validator === who.participant),
              )
              .map(({ sequence }) => sequence),
          }
        : failed !== null
          ? { kind: 'failed', sequence: failed.sequence, reason: failed.data.reason }
          : { kind: 'open' },
    agrees: reached === null ? null : JSON.stringify(own) === JSON.stringify(again),
    missing: [...(reached?.data.missing ?? failed?.data.missing ?? [])].map((actor) =>
      partyOf(books, actor),
    ),
    credits: (['work', 'audit'] as const)
      .flatMap((unit) => chronicle.postings(unit, account))
      .filter(({ id, credit }) => credit === account && journal(id))
      .map(({ sequence, unit, amount, reason, id }) => ({
        sequence,
        unit,
        amount,
        reason,
        transfer: id,
      })),
    lessened: lessenedIn(evidence, run, window, who.participant),
  };
}

function termsOf({ chronicle, books }: Evidence, { data }: Request): WeightExplanation['terms'] {
  const planned = must(books.windows[windowKey(data.run, data.window)], 'window').sequence;
  const policy = must(chronicle.policyAt(planned), 'policy');
  return { ...must(policy.policy.scoring, 'scoring terms'), policy: policy.sequence };
}

function seedHolds({ books, roots }: Evidence, { data }: Request): boolean | null {
  const seal = books.windows[windowKey(data.run, data.window)]?.sealedSequence ?? null;
  const root = seal === null ? undefined : roots.get(seal);
  if (root === undefined) return null;
  return Buffer.from(scoreSeed(root, data.run, data.window)).toString('hex') === data.seed;
}

const participantsOf = (books: Books, { data }: Request) => ({
  participants: data.contributions.map((id) => must(assignmentOf(books, id), id).participant),
});

const revealsOf = ({ chronicle }: Evidence, run: string, window: number) =>
  chronicle.all(subjectOf(run, window), 'daybook.scores.revealed.v1');

/** Every consensus of the run up to this one, one on the bonds of the other. */
function derived(evidence: Evidence, run: string, last: Reached): YumaOutcome | null {
  let bonds: Bonds = {};
  let outcome: YumaOutcome | null = null;
  const requests = requestsOf(evidence, run);
  const reached = requests
    .flatMap(({ data }) =>
      evidence.chronicle.all(subjectOf(run, data.window), 'daybook.consensus.reached.v1'),
    )
    .filter(({ sequence }) => sequence <= last.sequence)
    .sort((a, b) => a.sequence - b.sequence);
  for (const { data } of reached) {
    const request = must(
      requests.find((one) => one.data.window === data.window),
      'request',
    );
    const scored = participantsOf(evidence.books, request);
    const voters = revealsOf(evidence, run, data.window).map(({ actor, data: { scores } }) => {
      const called = request.data.validators.find(({ validator }) => validator === actor);
      return { id: actor, stake: BigInt(called?.stake ?? 0), weights: weightsOf(scored, scores) };
    });
    const terms = termsOf(evidence, request);
    outcome = yuma(voters, [...new Set(scored.participants)], bonds, terms);
    ({ bonds } = outcome);
  }
  return outcome;
}

function shareIn({ data }: Reached, { participant }: Party): ShareOfWindow | null {
  const contributor = data.contributors.find((one) => one.participant === participant);
  if (contributor !== undefined) {
    const { weight, incentive, trust } = contributor;
    return { weight, share: incentive, trust };
  }
  const validator = data.validators.find((one) => one.validator === participant);
  return validator === undefined
    ? null
    : { weight: null, share: validator.dividend, trust: validator.trust };
}

function shareOf(found: YumaOutcome, { participant }: Party): ShareOfWindow | null {
  const contributor = found.contributors.get(participant);
  if (contributor !== undefined) {
    const { weight, incentive, trust } = contributor;
    return { weight, share: incentive, trust };
  }
  const validator = found.validators.get(participant);
  return validator === undefined
    ? null
    : { weight: null, share: validator.dividend, trust: validator.trust };
}

function vectorsOf(
  evidence: Evidence,
  who: Party,
  request: Request,
  found: YumaOutcome | null,
): VectorLine[] {
  const { books, chronicle } = evidence;
  const { run, window, validators } = request.data;
  const { participants } = participantsOf(books, request);
  const isContributor = participants.includes(who.participant);
  const commitments = chronicle.all(subjectOf(run, window), 'daybook.scores.committed.v1');
  const reveals = revealsOf(evidence, run, window);
  const consensus = new Map([...(found?.contributors ?? [])].map(([id, one]) => [id, one.weight]));
  return validators.map(({ validator, stake }) => {
    const committed = commitments.find(({ actor }) => actor === validator);
    const shown = reveals.find(({ actor }) => actor === validator);
    const own = found?.validators.get(validator);
    const share = (row: ReadonlyMap<string, number> | undefined): number | null =>
      isContributor && row !== undefined ? (row.get(who.participant) ?? 0) : null;
    return {
      ...partyOf(books, validator),
      stake,
      committed: committed?.sequence ?? null,
      shown: shown?.sequence ?? null,
      commitmentHolds:
        shown === undefined
          ? null
          : commitmentOf({ ...shown.data, validator }) === committed?.data.commitment,
      scores: (shown?.data.scores ?? []).filter(
        (_score, at) => !isContributor || participants[at] === who.participant,
      ),
      given: share(own?.row),
      clipped: share(own?.clipped),
      distanceBps: own === undefined ? null : distanceBps(own.row, consensus),
    };
  });
}
