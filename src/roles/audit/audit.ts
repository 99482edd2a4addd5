/**
 * The audit: from a recording, its checkpoint and the artifacts - nothing else - rebuild the tree,
 * every transition, the books, every contribution, every aggregation and the final checkpoint.
 * Checks run in order; one that fails is named with its first bad sequence, and the checks that
 * would stand on it are skipped, not guessed.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { JsonValue } from '../../events/canonical-json.ts';
import { parseCheckpoint, verifyCheckpoint } from '../../events/checkpoint.ts';
import { digestOf } from '../../events/digest.ts';
import { CompactRange, leafHash } from '../../events/merkle.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { splitRecording, verifyRecording } from '../../events/recording.ts';
import { opens } from '../../events/upcast.ts';
import type { MachineState } from '../../commands/machine.ts';
import type { Books } from '../../projections/books.ts';
import { emptyBooks } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { ledgerOf } from '../../events/entry.ts';
import type { PolicyAdopted } from '../../commands/policy-adoption.ts';
import { adoptsPolicy } from '../../commands/policy-adoption.ts';
import { payoutRoot } from '../../commands/rules/money/rewards.ts';
import { countSignatures } from './author-signatures.ts';
import type { Check } from './check.ts';
import { Finding } from './check.ts';
import { checkCorrections } from './corrections.ts';
import { decidedDisputes } from './disputes.ts';
import type { DecodedEntry } from './replay.ts';
import { decodeLines, LINES_BETWEEN_REPORTS, redecide } from './replay.ts';
import { scoredWindows } from './scores.ts';
import type { WeightsAudit } from './weights.ts';

export interface AuditInput {
  readonly ndjson: Uint8Array;
  /** Signed note over the whole recording; null: there is none, and nobody vouches for the root. */
  readonly checkpoint: string | null;
  /** Whose signature is asked for; null: that of the authority which the first entry names. */
  readonly verifierKey: string | null;
  /** Canonical JSON of the live books; null when there is nothing to compare with. */
  readonly books: string | null;
  /** Recomputes weights; null when there are no artifacts. */
  readonly weights: WeightsAudit | null;
  /** Threads that verify author signatures; by default this one alone. */
  readonly threads?: number;
  readonly nowMs: () => number;
  readonly onCheck: (check: Check) => void;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

export interface AuditReport {
  readonly checks: readonly Check[];
  readonly ok: boolean;
  readonly books: Books | null;
  readonly verifierKey: string | null;
  /** What weights are judged by; null where the transitions do not hold. */
  readonly history: History | null;
}

/** Contributions and periods of long ago have left the books; the audit looks at all of them. */
export interface History {
  readonly books: Books;
  /** Every one that was in force, in order. */
  readonly policies: readonly PolicyAdopted[];
}

const NEWLINE = 0x0a;

export async function audit(input: AuditInput): Promise<AuditReport> {
  const bench = new Bench(input);
  const lines = [...splitRecording(input.ndjson)];
  const lineProgress = (what: string) => (done: number) =>
    input.onProgress(what, done, lines.length);
  const entries = await bench.check('entries', () => {
    const decoded = decodeLines(lines, lineProgress('entries'));
    const sources = new Set(decoded.map(({ event }) => event.source));
    if (sources.size > 1) throw new Finding('entries of more than one ledger');
    return [decoded, `${decoded.length} entries, in sequence, each of a known type`];
  });
  const verifierKey = input.verifierKey ?? (entries === null ? null : authorityKey(entries, input));
  const tree = await bench.check('tree', () => {
    const detail = checkTree(lines, input.checkpoint, lineProgress('tree'));
    return [detail, detail];
  });
  const { checkpoint } = input;
  if (checkpoint === null) bench.skip('checkpoint signature', 'no checkpoint was given');
  else
    await bench.check('checkpoint signature', () => {
      if (verifierKey === null) throw new Finding('no key to verify with');
      const verified = verifyCheckpoint(verifierKey, checkpoint);
      if (verified._tag === 'Left') throw new Finding(verified.left.message);
      // Decoded, counted and hashed above, if all went well; the last newline is all that is left.
      if (entries !== null && tree !== null && input.ndjson.at(-1) === NEWLINE)
        return [null, `by ${verifierKey}`];
      const whole = verifyRecording(input.ndjson, checkpoint, verifierKey);
      if (whole._tag === 'Left') throw new Finding(whole.left.message, whole.left.sequence);
      return [null, `by ${verifierKey}`];
    });
  await bench.dependent('author signatures', entries, async (decoded) => [
    null,
    await checkAuthors(decoded, input.threads ?? 1, lineProgress('author signatures')),
  ]);
  const state = await bench.dependent('transitions', entries, (decoded) => {
    const report = lineProgress('transitions');
    let next = 0;
    const final = redecide(decoded, (_, events) => {
      const { sequence = 0 } = events[0] ?? {};
      if (sequence < next) return;
      next = sequence + LINES_BETWEEN_REPORTS;
      report(sequence);
    });
    return [final, `${decoded.length} entries derived again from their commands, byte for byte`];
  });
  await bench.dependent('books', state, (final) => [null, checkBooks(final, input.books)]);
  const history: History | null =
    state === null
      ? null
      : {
          books: wholeBooks(entries ?? [], lineProgress('history')),
          policies: policiesOf(entries ?? []),
        };
  await bench.dependent('money', history, ({ books }) => {
    const corrections = checkCorrections((entries ?? []).map(eventOf));
    const named = corrections === 0 ? '' : `; ${corrections} correction(s) name what was posted`;
    return [null, checkMoney(books) + named];
  });
  const { weights } = input;
  if (weights === null) bench.skip('weights', 'no artifacts were given');
  else {
    await bench.dependent('datasets', history, async ({ books }) => [
      null,
      await weights.datasets(books),
    ]);
    await bench.dependent('initial checkpoints', history, async ({ books }) => [
      null,
      await weights.initialCheckpoints(books),
    ]);
    await bench.dependent('contributions', history, async ({ books, policies }) => [
      null,
      await weights.contributions(books, policies, (done, total) =>
        input.onProgress('contributions', done, total),
      ),
    ]);
    const decided = history === null ? [] : decidedDisputes((entries ?? []).map(eventOf));
    if (decided.length > 0)
      await bench.dependent('disputes', history, async ({ books }) => [
        null,
        await weights.disputes(books, decided, (done, total) =>
          input.onProgress('disputes', done, total),
        ),
      ]);
    await bench.dependent('aggregations', history, async ({ books }) => [
      null,
      await weights.aggregations(books, (done, total) =>
        input.onProgress('aggregations', done, total),
      ),
    ]);
    const scored = history === null ? [] : scoredWindows((entries ?? []).map(eventOf));
    if (scored.length > 0)
      await bench.dependent('scores', history, async ({ books }) => [
        null,
        await weights.scores(books, scored, (done, total) =>
          input.onProgress('scored windows', done, total),
        ),
      ]);
    await bench.dependent('final checkpoint', history, ({ books }) => [
      null,
      weights.finalCheckpoints(books),
    ]);
  }
  const ok = bench.checks.every((check) => check.status !== 'failed');
  return { checks: bench.checks, ok, books: state?.books ?? null, verifierKey, history };
}

const eventOf = ({ event }: DecodedEntry): LedgerEvent => event;

function wholeBooks(entries: readonly DecodedEntry[], onProgress: (done: number) => void): Books {
  const books = emptyBooks(ledgerOf(entries[0]?.event.source ?? ''));
  for (const [index, { event }] of entries.entries()) {
    if (index % LINES_BETWEEN_REPORTS === 0) onProgress(index);
    foldWhole(books, event);
  }
  return books;
}

const policiesOf = (entries: readonly DecodedEntry[]): PolicyAdopted[] =>
  entries.flatMap(({ event }) => (adoptsPolicy(event) ? [event] : []));

type Answer<T> = readonly [T, string];

/** Runs checks, times them, turns findings into results. */
class Bench {
  readonly checks: Check[] = [];
  readonly #input: AuditInput;

  constructor(input: AuditInput) {
    this.#input = input;
  }

  async check<T>(name: string, work: () => Answer<T> | Promise<Answer<T>>): Promise<T | null> {
    const startedMs = this.#input.nowMs();
    try {
      const [value, detail] = await work();
      this.#add({ name, status: 'ok', detail, sequence: null }, startedMs);
      return value;
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      this.#add(
        { name, status: 'failed', detail: error.message, sequence: error.sequence },
        startedMs,
      );
      return null;
    }
  }

  async dependent<S, T>(
    name: string,
    on: S | null,
    work: (value: S) => Answer<T> | Promise<Answer<T>>,
  ): Promise<T | null> {
    if (on !== null) return this.check(name, () => work(on));
    this.skip(name, 'stands on a check that failed');
    return null;
  }

  skip(name: string, detail: string): void {
    this.#add({ name, status: 'skipped', detail, sequence: null }, this.#input.nowMs());
  }

  #add(check: Omit<Check, 'elapsedMs'>, startedMs: number): void {
    const whole = { ...check, elapsedMs: Math.max(this.#input.nowMs() - startedMs, 0) };
    this.checks.push(whole);
    this.#input.onCheck(whole);
  }
}

function authorityKey(entries: readonly DecodedEntry[], { checkpoint }: AuditInput): string | null {
  const first = entries[0]?.event;
  if (first === undefined || !opens(first) || checkpoint === null) return null;
  const parsed = parseCheckpoint(checkpoint);
  // The origin that the ledger itself declared, whatever the note says of itself.
  return parsed._tag === 'Left' ? null : verifierKeyOf(first.data.origin, first.data.authority);
}

function checkTree(
  lines: readonly Uint8Array[],
  checkpoint: string | null,
  onProgress: (done: number) => void,
): string {
  const range = CompactRange.empty();
  for (const [index, line] of lines.entries()) {
    if (index % LINES_BETWEEN_REPORTS === 0) onProgress(index);
    range.append(leafHash(line));
  }
  const own = Buffer.from(range.root()).toString('base64');
  if (checkpoint === null) return `size ${lines.length}, root ${own} (nobody vouches for it)`;
  const parsed = parseCheckpoint(checkpoint);
  if (parsed._tag === 'Left') throw new Finding(`checkpoint: ${parsed.left.message}`);
  const { size, root } = parsed.right;
  if (size !== lines.length)
    throw new Finding(
      `the checkpoint covers ${size} entries, the recording has ${lines.length}`,
      Math.min(size, lines.length),
    );
  if (own !== Buffer.from(root).toString('base64'))
    throw new Finding(`the entries give root ${own}, another than the checkpoint's`);
  return `size ${size}, root ${own}`;
}

async function checkAuthors(
  entries: readonly DecodedEntry[],
  threads: number,
  onProgress: (done: number) => void,
): Promise<string> {
  const { signed, firstBad } = await countSignatures(
    entries.map(({ line }) => line),
    threads,
    onProgress,
  );
  const bad = firstBad === null ? undefined : entries[firstBad];
  if (bad !== undefined)
    throw new Finding(`signature of ${bad.event.actor} does not verify`, bad.event.sequence);
  return `${signed} signatures of ${new Set(entries.map(({ event }) => event.actor)).size} authors`;
}

function checkBooks({ books }: MachineState, live: string | null): string {
  const own = Buffer.from(canonicalJson(books as unknown as JsonValue));
  const digest = digestOf(own);
  if (live === null) return `${digest} (no live books to compare with)`;
  if (Buffer.compare(own, Buffer.from(live)) !== 0)
    throw new Finding(`rebuilt books are ${digest}, the live ones ${digestOf(Buffer.from(live))}`);
  return `byte-identical to the live ones, ${digest}`;
}

const sumOf = (payouts: readonly { readonly total: string }[]): bigint =>
  payouts.reduce((sum, payout) => sum + BigInt(payout.total), 0n);

function checkMoney(books: Books): string {
  const sums = new Map<string, bigint>();
  for (const [key, { debits, credits }] of Object.entries(books.rewards.balances)) {
    const unit = key.slice(0, key.indexOf(':'));
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
  }
  for (const [unit, sum] of sums)
    if (sum !== 0n) throw new Finding(`debits and credits of unit ${unit} differ by ${sum}`);
  const periods = Object.values(books.rewards.periods).filter(({ state }) => state === 'settled');
  for (const { run, period, pool, paid, remainder, payouts, settlementRoot, parts } of periods) {
    // Listed in parts, its lines are entries, which have been decided again.
    const total = parts === undefined ? sumOf(payouts) : BigInt(paid);
    if (total !== BigInt(paid) || BigInt(paid) + BigInt(remainder) !== BigInt(pool))
      throw new Finding(`payouts of ${run} period ${period} do not sum to its pool`);
    if (parts === undefined && payoutRoot(payouts) !== settlementRoot)
      throw new Finding(`the settlement root of ${run} period ${period} is not its payouts'`);
  }
  return `${sums.size} units balance; payouts and remainder of ${periods.length} settled period(s) sum to the pool`;
}
