/**
 * What came of a play, found in the recording and the bytes alone: the log is decided again, the
 * weights computed again, the laws held against every entry. One function for every place, so that a
 * difference between two places is theirs.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import { escrowOf } from '../commands/rules/money/accounts.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { artifactMissing } from '../adapters/artifact-digest.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import { parseCheckpoint } from '../events/checkpoint.ts';
import { decodeEvent } from '../events/decode-event.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { splitRecording } from '../events/recording.ts';
import type { Books } from '../projections/books.ts';
import { emptyBooks } from '../projections/books.ts';
import { foldWhole } from '../projections/fold.ts';
import { clusterOf } from '../projections/identities.ts';
import { audit } from '../roles/audit/audit.ts';
import { WeightsAudit } from '../roles/audit/weights.ts';
import { openReferenceLane } from '../roles/reference-lane.ts';
import { formatFork, verifyFork } from '../events/fork-evidence.ts';
import { formatPrefixProof } from '../events/prefix-proof.ts';
import { RUN } from '../simulation/operator.ts';
import { toyAuditLane } from '../simulation/toy-lane.ts';
import { Truth } from '../simulation/truth.ts';
import { Witness } from '../simulation/witness.ts';
import type { Story } from './story.ts';
import type { Played } from './troupe.ts';

export interface Findings {
  readonly completed: boolean;
  readonly promoted: number;
  readonly held: number;
  readonly rejected: Readonly<Record<string, readonly string[]>>;
  readonly undecided: number;
  readonly quarantined: readonly string[];
  readonly penalised: readonly string[];
  readonly paid: readonly string[];
  readonly unpaid: readonly string[];
  readonly overruled: readonly string[];
  readonly returned: readonly string[];
  readonly clusters: readonly (readonly string[])[];
  readonly slotsOfOwner: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly improves: boolean;
  readonly fork: boolean;
  readonly audit: string;
  readonly laws: string;
  /** Digest of the last checkpoint. */
  readonly model: string;
  /** Held-out losses of the revisions, in micro-nats. */
  readonly losses: readonly number[];
  readonly entries: number;
  readonly tookMs: number;
}

export async function findingsOf(story: Story, played: Played): Promise<Findings> {
  const { recording, artifacts, heads, refusals, actors, tookMs } = played;
  const lines = [...splitRecording(recording.ndjson)];
  const honest = new Set(
    story.parties
      .filter(({ conduct, role }) => conduct === 'honest' && role !== 'authority')
      .map(({ name }) => actors.get(name) as string),
  );
  const witness = new Witness(new Truth((digest) => artifacts.get(digest)), (actor) =>
    honest.has(actor),
  );
  const events = [...eventsOf(lines)];
  const books = foldedWhole(events);
  const completed = books.runs[RUN]?.state === 'completed';
  if (story.material === 'toy') {
    for (const line of lines) witness.recorded(line);
    witness.end(completed);
  }
  const losses = lossesOf(books);
  return {
    completed,
    ...courseOf(events, new NamesOf(actors), books),
    ...moneyOf(story, actors, books),
    ...ownersIn(books, new NamesOf(actors)),
    refusals,
    improves: (losses.at(-1) ?? Infinity) < (losses[0] ?? 0),
    fork: isForked(recording.verifierKey, heads),
    audit: await auditOf(story, played),
    laws: story.material === 'toy' ? (witness.breach?.message ?? 'hold') : 'not asked',
    model: books.runs[RUN]?.revisions.at(-1)?.checkpoint.digest ?? '',
    losses,
    entries: events.length,
    tookMs,
  };
}

/** Names for keys, each once and in order. */
class NamesOf {
  readonly #names: ReadonlyMap<string, string>;

  constructor(actors: ReadonlyMap<string, string>) {
    this.#names = new Map([...actors].map(([name, actor]) => [actor, name]));
  }

  one(actor: string): string {
    return this.#names.get(actor) ?? actor;
  }

  all(actors: Iterable<string>): string[] {
    return [...new Set([...actors].map((actor) => this.one(actor)))].sort();
  }
}

function* eventsOf(lines: readonly Uint8Array[]): Iterable<LedgerEvent> {
  for (const line of lines) {
    const event = decodeEvent(line);
    if (!isRight(event)) throw new Error(event.left.message);
    yield event.right;
  }
}

function foldedWhole(events: readonly LedgerEvent[]): Books {
  const books = emptyBooks('');
  for (const event of events) foldWhole(books, event);
  return books;
}

function courseOf(events: readonly LedgerEvent[], names: NamesOf, books: Books) {
  const rejected = new Map<string, Set<string>>();
  const quarantined: string[] = [];
  const overruled: string[] = [];
  const penalised = slashedIn(books);
  let [promoted, held, undecided] = [0, 0, 0];
  for (const event of events) {
    if (event.type === 'daybook.challenge.resolved.v1') {
      const { assignment, disposition, reasons, dissenting } = event.data;
      if (disposition === 'quarantined') undecided += 1;
      else overruled.push(...dissenting);
      if (disposition !== 'rejected') continue;
      const name = names.one(participantOf(books, assignment));
      rejected.set(name, new Set([...(rejected.get(name) ?? []), ...reasons]));
    } else if (event.type === 'daybook.participant.quarantined.v1')
      quarantined.push(event.data.participant);
    else if (event.type === 'daybook.journal.posted.v1')
      penalised.push(...payersIn(event.data.transfers));
    else if (event.type === 'daybook.promotion.decided.v1')
      if (event.data.decision === 'promoted_revision') promoted += 1;
      else held += 1;
  }
  const returned = Object.values(books.members).filter(({ session }) => session > 1);
  return {
    promoted,
    held,
    undecided,
    rejected: Object.fromEntries(
      [...rejected].sort().map(([name, reasons]) => [name, [...reasons].sort()]),
    ),
    quarantined: names.all(quarantined),
    penalised: names.all(penalised),
    overruled: names.all(overruled),
    returned: names.all(returned.map(({ participant }) => participant)),
  };
}

/** Whose stake went into penalties by way of a slashing that nobody undid. */
const slashedIn = ({ offences = {} }: Books): string[] =>
  Object.entries(offences).flatMap(([actor, own]) =>
    own.some(({ paid, taken }) => paid && taken.some(({ account }) => account === escrowOf(actor)))
      ? [actor]
      : [],
  );

/** Whose stake went there at once. */
const payersIn = (transfers: readonly { debit: string; credit: string }[]): string[] =>
  transfers
    .filter(({ debit, credit }) => credit === 'penalties' && debit.startsWith('escrow/'))
    .map(({ debit }) => debit.slice('escrow/'.length));

function participantOf({ windows }: Books, assignment: string): string {
  for (const { assignments } of Object.values(windows)) {
    const held = assignments[assignment];
    if (held !== undefined) return held.participant;
  }
  throw new Error(`nobody holds ${assignment}`);
}

/** By what was paid out to them: what they brought is not pay. */
function moneyOf(story: Story, actors: ReadonlyMap<string, string>, { rewards }: Books) {
  const nodes = story.parties.filter(({ role }) => role !== 'authority').map(({ name }) => name);
  const earning = new Set<string>(
    Object.values(rewards.periods).flatMap(({ payouts }) =>
      payouts.filter(({ total }) => BigInt(total) > 0n).map(({ participant }) => participant),
    ),
  );
  const isPaid = (name: string): boolean => earning.has(actors.get(name) ?? '');
  return {
    paid: nodes.filter(isPaid).sort(),
    unpaid: nodes.filter((name) => !isPaid(name)).sort(),
  };
}

/** Owners as the ledger tells them: whoever is in no cluster is its own. */
function ownersIn(books: Books, names: NamesOf) {
  const groups = new Map<string, string[]>();
  for (const { participant } of Object.values(books.members)) {
    const cluster = clusterOf(books, participant);
    groups.set(cluster, [...(groups.get(cluster) ?? []), names.one(participant)]);
  }
  const slots = Object.values(books.windows).map(({ contributors }) => {
    const owners = contributors.map((actor) => clusterOf(books, actor));
    return Math.max(...owners.map((one) => owners.filter((other) => other === one).length));
  });
  return {
    clusters: [...groups.values()]
      .filter(({ length }) => length > 1)
      .map((group) => group.sort())
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    slotsOfOwner: Math.max(0, ...slots),
  };
}

function lossesOf(books: Books): number[] {
  const windows = Object.values(books.windows).sort((a, b) => a.window - b.window);
  const first = windows.find(({ lossBeforeMicroNats }) => lossBeforeMicroNats !== null);
  const revisions = books.runs[RUN]?.revisions ?? [];
  return [
    ...(first === undefined ? [] : [first.lossBeforeMicroNats ?? 0]),
    ...revisions.slice(1).map(({ heldOutLossMicroNats }) => heldOutLossMicroNats ?? 0),
  ];
}

/** Whether two heads of one size convict their signer, by evidence that anybody can check. */
function isForked(verifierKey: string, heads: readonly string[]): boolean {
  return heads.some((note, at) => {
    const head = parseCheckpoint(note);
    if (!isRight(head)) return false;
    const { size, root } = head.right;
    const proof = formatPrefixProof({ prefixes: [{ size, root, path: [] }], checkpoint: note });
    return heads
      .slice(at + 1)
      .some((other) => isRight(verifyFork(verifierKey, formatFork(proof, other))));
  });
}

async function auditOf({ material }: Story, { recording, artifacts }: Played): Promise<string> {
  const lane = material === 'toy' ? toyAuditLane() : await openReferenceLane();
  const report = await audit({
    ...recording,
    weights: new WeightsAudit(storeOf(artifacts), [lane]),
    nowMs: () => 0,
    onCheck: () => {},
    onProgress: () => {},
  });
  const failed = report.checks.filter(({ status }) => status !== 'ok');
  return failed.length === 0
    ? 'ok'
    : failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
}

/** A store of bytes that are at hand. */
export const storeOf = (bytes: ReadonlyMap<Digest, Uint8Array>): Artifacts => ({
  put: async (given) => ({ digest: digestOf(given), sizeBytes: given.length }),
  get: async (digest) => {
    const found = bytes.get(digest);
    if (found === undefined) throw artifactMissing(digest);
    return found;
  },
  has: async (digest) => bytes.has(digest),
  async *list() {
    for (const [digest, { length }] of bytes) yield { digest, sizeBytes: length };
  },
  close: async () => {},
});
