/**
 * The audit: from a recording, its checkpoint and the artifacts - nothing else - rebuild the tree,
 * every transition, the books, every contribution, every aggregation and the final checkpoint.
 * The recording is read once (ledger-pass.ts) and never held; where something is wrong with it, it is
 * read again to name the entry. Checks come in order; one that fails is named with its first bad
 * sequence, and the checks that would stand on it are skipped, not guessed.
 */
import { canonicalJson } from '../../events/canonical-json.ts';
import type { JsonValue } from '../../events/canonical-json.ts';
import { parseCheckpoint, verifyCheckpoint } from '../../events/checkpoint.ts';
import { digestOf } from '../../events/digest.ts';
import type { CompactRange } from '../../events/merkle.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { verifyChunks } from '../../events/recording.ts';
import { opens } from '../../events/upcast.ts';
import type { MachineState } from '../../commands/machine.ts';
import type { PolicyAdopted } from '../../commands/policy-adoption.ts';
import { payoutRoot } from '../../commands/rules/money/rewards.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { Check } from './check.ts';
import { Finding } from './check.ts';
import { checkCorrections } from './corrections.ts';
import type { Share } from './ledger-pass.ts';
import { LedgerPass } from './ledger-pass.ts';
import type { Recorded } from './recorded-lines.ts';
import { chunksOf } from './recorded-lines.ts';
import type { WeightsAudit } from './weights.ts';

export interface AuditInput {
  readonly ndjson: Recorded;
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
  /** Lines of the recording. */
  readonly size: number;
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

export async function audit(input: AuditInput): Promise<AuditReport> {
  const bench = new Bench(input);
  const { checkpoint, threads = 1 } = input;
  const pass = await LedgerPass.of({ ...input, threads });
  const isDecoded = bench.shared('entries', pass.entries, () => [
    true,
    `${pass.decoded} entries, in sequence, each of a known type`,
  ]);
  const verifierKey = input.verifierKey ?? (isDecoded === null ? null : authorityKey(pass, input));
  const tree = bench.shared('tree', pass.tree, () => {
    const detail = checkTree(pass.range, checkpoint);
    return [detail, detail];
  });
  if (checkpoint === null) bench.skip('checkpoint signature', 'no checkpoint was given');
  else
    await bench.check('checkpoint signature', async () => {
      if (verifierKey === null) throw new Finding('no key to verify with');
      const verified = verifyCheckpoint(verifierKey, checkpoint);
      if (verified._tag === 'Left') throw new Finding(verified.left.message);
      // Decoded, counted and hashed above, if all went well; the last newline is all that is left.
      if (isDecoded !== null && tree !== null && pass.endsWithNewline)
        return [null, `by ${verifierKey}`];
      // Read again, to name the entry that was altered.
      const whole = await verifyChunks(() => chunksOf(input.ndjson), checkpoint, verifierKey);
      if (whole._tag === 'Left') throw new Finding(whole.left.message, whole.left.sequence);
      return [null, `by ${verifierKey}`];
    });
  const onEntries = <T>(name: string, share: Share, answer: () => Answer<T>): T | null => {
    if (isDecoded !== null) return bench.shared(name, share, answer);
    bench.skip(name, ON_FAILED);
    return null;
  };
  onEntries('author signatures', pass.signatures, () => [
    null,
    `${pass.signed} signatures of ${pass.authors.size} authors`,
  ]);
  const state = onEntries('transitions', pass.transitions, () => [
    must(pass.state, 'state'),
    `${pass.decoded} entries derived again from their commands, byte for byte`,
  ]);
  await bench.dependent('books', state, (final) => [null, checkBooks(final, input.books)]);
  const history: History | null =
    state === null ? null : { books: pass.history, policies: pass.policies };
  await bench.dependent('money', history, async ({ books }) => {
    const corrections = checkCorrections(await pass.corrected());
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
    const { decided } = pass.disputes;
    if (history !== null && decided.length > 0)
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
    const { scored } = pass.scores;
    if (history !== null && scored.length > 0)
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
  const { size } = pass.range;
  return { checks: bench.checks, size, ok, books: state?.books ?? null, verifierKey, history };
}

const ON_FAILED = 'stands on a check that failed';

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

  /** A check whose work was done while the recording was read. */
  shared<T>(name: string, share: Share, answer: () => Answer<T>): T | null {
    try {
      if (share.finding !== null) throw share.finding;
      const [value, detail] = answer();
      this.#tell({ name, status: 'ok', detail, sequence: null, elapsedMs: share.elapsedMs });
      return value;
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      const { message: detail, sequence } = error;
      this.#tell({ name, status: 'failed', detail, sequence, elapsedMs: share.elapsedMs });
      return null;
    }
  }

  async dependent<S, T>(
    name: string,
    on: S | null,
    work: (value: S) => Answer<T> | Promise<Answer<T>>,
  ): Promise<T | null> {
    if (on !== null) return this.check(name, () => work(on));
    this.skip(name, ON_FAILED);
    return null;
  }

  skip(name: string, detail: string): void {
    this.#add({ name, status: 'skipped', detail, sequence: null }, this.#input.nowMs());
  }

  #add(check: Omit<Check, 'elapsedMs'>, startedMs: number): void {
    this.#tell({ ...check, elapsedMs: this.#input.nowMs() - startedMs });
  }

  #tell(check: Check): void {
    const whole = { ...check, elapsedMs: Math.max(check.elapsedMs, 0) };
    this.checks.push(whole);
    this.#input.onCheck(whole);
  }
}

function authorityKey({ first }: LedgerPass, { checkpoint }: AuditInput): string | null {
  if (first === null || !opens(first) || checkpoint === null) return null;
  const parsed = parseCheckpoint(checkpoint);
  // The origin that the ledger itself declared, whatever the note says of itself.
  return parsed._tag === 'Left' ? null : verifierKeyOf(first.data.origin, first.data.authority);
}

function checkTree(range: CompactRange, checkpoint: string | null): string {
  const own = Buffer.from(range.root()).toString('base64');
  if (checkpoint === null) return `size ${range.size}, root ${own} (nobody vouches for it)`;
  const parsed = parseCheckpoint(checkpoint);
  if (parsed._tag === 'Left') throw new Finding(`checkpoint: ${parsed.left.message}`);
  const { size, root } = parsed.right;
  if (size !== range.size)
    throw new Finding(
      `the checkpoint covers ${size} entries, the recording has ${range.size}`,
      Math.min(size, range.size),
    );
  if (own !== Buffer.from(root).toString('base64'))
    throw new Finding(`the entries give root ${own}, another than the checkpoint's`);
  return `size ${size}, root ${own}`;
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
