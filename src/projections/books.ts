/**
 * The books: everything that deciders decide on and people read, as plain JSON values. Amounts are
 * decimal strings, as on the wire. Only the fold writes them; canonical JSON of them is what
 * `<recording>.books.json` holds and what live, replayed and audited runs compare.
 */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId, Digest } from '../events/ids.ts';
import type { StoredRange } from '../events/merkle.ts';
import { FIRST_RULES } from '../events/upcast.ts';
import type { ChunksOffer, Reached } from './catch-up-book.ts';
import type { DisputeBook, DisputeOutcome } from './dispute-book.ts';
import type { Headcount, StageRecord } from './standing-book.ts';
import type { OpenNetworkBooks } from './open-network-books.ts';

type NetworkPolicy = DataOfType<'daybook.policy.adopted.v3'>;
type FirstPolicy = DataOfType<'daybook.policy.adopted.v1'>;
/** The sections that a policy can be without: absent is not offered. */
export type OptionalSection = Exclude<keyof NetworkPolicy, keyof FirstPolicy>;
export type Policy = FirstPolicy & {
  readonly [section in OptionalSection]?: NonNullable<NetworkPolicy[section]>;
};
/**
 * Without an encoding deltas are sent as they are, in f32; without an adapter the whole model is
 * trained; without stages one worker does all of a slot.
 */
export type RunPlan = DataOfType<'daybook.run.planned.v1'> & {
  readonly encoding?: DeltaEncodingData;
  readonly adapter?: AdapterData;
  readonly stages?: number;
};
export type StageData = DataOfType<'daybook.assignment.issued.v2'>['stage'];
export type AdapterData = DataOfType<'daybook.run.planned.v3'>['adapter'];
export type DeltaEncodingData = DataOfType<'daybook.run.planned.v2'>['encoding'];
export type Dataset = DataOfType<'daybook.dataset.registered.v1'>;
export type ArtifactRef = { readonly digest: Digest; readonly sizeBytes: number };
export type Disposition = DataOfType<'daybook.challenge.resolved.v1'>['disposition'];
export type PromotionDecision = DataOfType<'daybook.promotion.decided.v1'>['decision'];

export interface LedgerBook {
  readonly ledger: string;
  authority: ActorId | null;
  operator: ActorId | null;
  origin: string | null;
  /** Entries folded so far = sequence of the next entry. */
  size: number;
  /** Time of the last entry; the ledger's clock never runs backwards. */
  clockMs: number;
  /** Absent in ledgers of the first rules. */
  rules?: number;
  nonce?: string;
}

/**
 * What a command led to. Ed25519 signing is deterministic (RFC 8032), so the author's signature
 * stands for the content: same id and same signature is a retry, another signature is a conflict.
 */
export interface CommandRecord {
  sequence: number;
  count: number;
  sig: string;
}

/** A command with an anchor, in the order of the log within its bucket. */
export interface RecentCommand {
  readonly id: string;
  readonly sequence: number;
  readonly sig: string;
}

/** `alive` holds a lease and is heard from; only `alive` participants get work. */
export type MemberStatus = 'admitted' | 'alive' | 'stale' | 'expired' | 'draining' | 'departed';

export interface Member {
  readonly participant: ActorId;
  readonly role: 'worker' | 'validator';
  readonly name: string;
  status: MemberStatus;
  session: number;
  computeClass: 'exact' | 'tolerant' | null;
  backend: string | null;
  lastHeardMs: number;
  leaseUntilMs: number | null;
  drainUntilMs: number | null;
  /** First window, by run, in which a quarantined participant may work again. */
  quarantine: Record<string, number>;
  accepted: number;
  rejected: number;
  /** Under mesh terms: the entry in which it first joined. */
  since?: number;
  /** Absent until a window under mesh terms said something about it; millionths. */
  rating?: { readonly muMicro: number; readonly sigmaMicro: number };
  /** Absent: a canary that has shown nothing (standing.ts). */
  stage?: StageRecord;
}

export type RunState =
  'planned' | 'initializing' | 'active' | 'recovering' | 'paused' | 'completed' | 'failed';

export interface RevisionRecord {
  readonly revision: number;
  readonly window: number | null;
  readonly checkpoint: ArtifactRef;
  readonly momentum: ArtifactRef | null;
  /** Null for the initial checkpoint until its loss is first reported. */
  heldOutLossMicroNats: number | null;
  /** The earlier revision that this one restores; absent where it came of a window, or began it all. */
  readonly restores?: number;
}

export interface RunBook {
  readonly plan: RunPlan;
  readonly plannedSequence: number;
  state: RunState;
  /** Entry whose tree root seeds the next window's draw. */
  seedFrom: number | null;
  windowsPlanned: number;
  windowsReconciled: number;
  /** By revision number; the last is the current one. */
  revisions: RevisionRecord[];
  /** How many after the initial one are in the archive; absent: none. */
  revisionsArchived?: number;
  /** Of contributions in archived windows. */
  dispositionsArchived?: { [disposition in Disposition]?: number };
  openPeriod: number | null;
  periods: number;
  /**
   * By worker: the error feedback of its last accepted contribution, until a submission takes it.
   * Absent where deltas lose nothing.
   */
  feedback?: Record<string, Digest>;
  /** When it last became active, where windows keep a public clock. */
  activeSinceMs?: number;
}

export interface Submission {
  readonly sequence: number;
  /** Of a stage before the last: the state that it handed on. */
  readonly delta: ArtifactRef;
  readonly computeClass: 'exact' | 'tolerant';
  readonly backend: string;
  readonly tokens: number;
  readonly lossFirstMicroNats: number;
  readonly lossLastMicroNats: number;
  readonly trace: readonly string[];
  readonly elapsedMs: number;
  /** Of an encoded delta. */
  readonly encoded?: {
    readonly feedbackFrom: Digest | null;
    readonly feedback: ArtifactRef | null;
  };
}

export interface Verdict {
  readonly validator: ActorId;
  readonly sequence: number;
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  readonly observed: Digest | null;
  readonly recomputed: ArtifactRef | null;
  readonly firstDivergence: number | null;
}

export interface Challenge {
  readonly seed: string;
  readonly sequence: number;
  /** When the newest panel member was called. */
  calledMs: number;
  panel: ActorId[];
  reserve: ActorId[];
  verdicts: Verdict[];
}

export type AssignmentState =
  'issued' | 'claimed' | 'committed' | 'revealed' | 'challenged' | 'resolved' | 'superseded';

export interface Assignment {
  readonly assignment: string;
  readonly slot: number;
  readonly attempt: number;
  readonly participant: ActorId;
  readonly sequence: number;
  state: AssignmentState;
  expiresMs: number;
  session: number | null;
  submission: Submission | null;
  revealed: boolean;
  challenge: Challenge | null;
  disposition: Disposition | null;
  reasons: string[];
  counted: Digest | null;
  resolvedSequence: number | null;
  /** Why its holder could not do the work; absent: nobody said so. */
  failed?: string;
  /** Where disputes are offered: when it was rejected, and what that took, by transfer id. */
  rejected?: { readonly atMs: number; readonly taken: Record<string, string> };
  /** What its holder said to train on: the root over its pages; absent: nothing. */
  pagesRoot?: string;
  /** Absent: never disputed. */
  dispute?: 'open' | DisputeOutcome;
  /** Absent: the whole of its slot. */
  readonly stage?: StageData;
  /** Where what its stage began with was refused: what counts in its place; null: nothing does. */
  refusedInput?: Digest | null;
}

export interface AggregationReport {
  readonly validator: ActorId;
  readonly sequence: number;
  readonly checkpoint: ArtifactRef;
  readonly momentum: ArtifactRef;
  readonly lossBeforeMicroNats: number;
  readonly lossAfterMicroNats: number;
}

export interface Aggregation {
  readonly sequence: number;
  readonly requestedMs: number;
  readonly checkpoint: Digest;
  readonly momentum: Digest | null;
  readonly deltas: readonly Digest[];
  readonly validators: readonly ActorId[];
  reports: AggregationReport[];
}

export type WindowState = 'planned' | 'active' | 'sealed' | 'scored' | 'reconciled';

export interface WindowBook {
  readonly run: string;
  readonly window: number;
  readonly sequence: number;
  readonly policyRevision: number;
  readonly revision: number;
  readonly checkpoint: Digest;
  readonly seed: string;
  readonly contributors: readonly ActorId[];
  readonly standby: readonly ActorId[];
  readonly plannedMs: number;
  readonly deadlineMs: number;
  state: WindowState;
  /** Current assignment of each slot. */
  slots: string[];
  assignments: Record<string, Assignment>;
  sealedSequence: number | null;
  sealedMs: number | null;
  /** Whether the audit draw for this window has been made. */
  drawn: boolean;
  aggregation: Aggregation | null;
  promotion: {
    decision: PromotionDecision;
    reasons: readonly string[];
    gainBps: number | null;
    sequence: number;
  } | null;
  lossBeforeMicroNats: number | null;
  lossAfterMicroNats: number | null;
  reconciledMs: number | null;
}

export interface Balance {
  debits: string;
  credits: string;
}

export interface PeriodBook {
  readonly run: string;
  readonly period: number;
  readonly fromWindow: number;
  readonly pool: string;
  throughWindow: number | null;
  state: 'open' | 'closing' | 'closed' | 'settled';
  paid: string;
  remainder: string;
  payouts: { participant: ActorId; work: string; audit: string; total: string }[];
  settlementRoot: string | null;
  /** Parts in which its payouts were listed; absent: they stand here, and the root is over them. */
  parts?: number;
}

export interface RewardBook {
  /** By `<unit>:<account>`. */
  balances: Record<string, Balance>;
  /** Sequence of the journal that posted each transfer. */
  transfers: Record<string, number>;
  /** By `<run>/<period>`. */
  periods: Record<string, PeriodBook>;
  /** Sequence of the last settlement, in ledgers that archive. */
  settledSequence?: number;
}

/**
 * What is closed for good and was taken out of the books, by kind: the Merkle range over the records
 * in the order in which they left (archive.ts), so that each can still be proved.
 */
export type Archive = { [kind in ArchiveKind]?: StoredRange };
export type ArchiveKind = 'commands' | 'windows' | 'revisions' | 'periods' | 'transfers' | 'runs';

export interface Books extends OpenNetworkBooks {
  readonly ledger: LedgerBook;
  policy: Policy | null;
  /** By revision: those that an open window was planned under, once a network policy was adopted. */
  policies?: Record<string, Policy>;
  /** Commands within the horizon, by generation and bucket (command-book.ts); absent: none. */
  recent?: Record<string, RecentCommand[]>;
  /** Those that are remembered for ever, by bucket. */
  commands: Record<string, Record<string, CommandRecord>>;
  members: Record<string, Member>;
  /** Absent until mesh terms were adopted. */
  headcount?: Headcount;
  datasets: Record<string, Dataset>;
  runs: Record<string, RunBook>;
  /** By `<run>/<window>`. */
  windows: Record<string, WindowBook>;
  rewards: RewardBook;
  /** Those that are open, by assignment; absent until there is one. */
  disputes?: Record<string, DisputeBook>;
  /** By run and worker: the last state that it has shown to hold; absent: nobody has. */
  caughtUp?: Record<string, Record<string, Reached>>;
  /** By node and digest: artifacts that are offered in chunks. */
  chunks?: Record<string, Record<string, ChunksOffer>>;
  /** Runs that are over, in the order in which they ended, as long as they are in the books. */
  endedRuns?: string[];
  /** By the names of runs that have left the books, which are never used again: since when. */
  archivedRuns?: Record<string, number>;
  /** Absent until something was archived. */
  archive?: Archive;
}

export function emptyBooks(ledger: string): Books {
  return {
    ledger: { ledger, authority: null, operator: null, origin: null, size: 0, clockMs: 0 },
    policy: null,
    commands: byName(),
    members: byName(),
    datasets: byName(),
    runs: byName(),
    windows: byName(),
    rewards: { balances: byName(), transfers: byName(), periods: byName() },
  };
}

/** Keyed by names that parties choose: it has no inherited ones, so `constructor` is free too. */
export const byName = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

export const windowKey = (run: string, window: number): string => `${run}/${window}`;

/** `<run>/<window>` of an assignment id. */
export function windowKeyOf(assignment: string): string {
  const end = assignment.indexOf('/', assignment.indexOf('/') + 1);
  return end < 0 ? assignment : assignment.slice(0, end);
}

/** Version of the rules that this ledger is decided by. */
export const rulesOf = (books: Books): number => books.ledger.rules ?? FIRST_RULES;

/** A revision of the run by its number, unless it is archived. */
export const revisionOf = (run: RunBook, revision: number): RevisionRecord | undefined =>
  run.revisions[revision === 0 ? 0 : revision - (run.revisionsArchived ?? 0)];

/** How many revisions the run has had. */
export const revisionCount = (run: RunBook): number =>
  run.revisions.length + (run.revisionsArchived ?? 0);

export const assignmentOf = (books: Books, id: string): Assignment | undefined =>
  books.windows[windowKeyOf(id)]?.assignments[id];

/** The window of the run that is still being worked on; there is at most one. */
export function openWindow(books: Books, run: string): WindowBook | undefined {
  const book = books.runs[run];
  if (book === undefined || book.state === 'failed') return undefined;
  if (book.windowsPlanned === book.windowsReconciled) return undefined;
  return books.windows[windowKey(run, book.windowsPlanned - 1)];
}

/** What a window is decided by to its end. */
export const policyOf = (books: Books, { policyRevision }: WindowBook): Policy =>
  books.policies?.[policyRevision] ?? must(books.policy, 'policy');

/** The same for the window of an assignment. */
export const policyFor = (books: Books, assignment: string): Policy =>
  policyOf(books, must(books.windows[windowKeyOf(assignment)], 'window'));

/** The current assignments of a window, by slot. */
export const currentAssignments = (window: WindowBook): Assignment[] =>
  window.slots.map((id) => must(window.assignments[id], `assignment ${id}`));

/** An invariant of the books: what the fold guarantees to be there. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`invariant: no ${what}`);
  return value;
}
