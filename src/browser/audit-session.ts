/**
 * One audit in a browser: the ledger's checks at once, then whatever is asked to be computed again,
 * one after the other. The checks are `audit`'s, the arithmetic is the worker's and the validator's; what
 * is here only feeds them and tells. Knows no worker: messages go through a function.
 */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Books, WindowBook } from '../projections/books.ts';
import { must, windowKeyOf } from '../projections/books.ts';
import { audit } from '../roles/audit/audit.ts';
import type { AuditReport, History } from '../roles/audit/audit.ts';
import type { Check } from '../roles/audit/check.ts';
import { Finding } from '../roles/audit/check.ts';
import { linesAt } from '../roles/audit/recorded-lines.ts';
import { aggregatedOf, submittedOf, WeightsAudit } from '../roles/audit/weights.ts';
import type { ComputeLane } from '../roles/compute-lane.ts';
import { AskedArtifacts } from './asked-artifacts.ts';
import { FileArtifacts } from './file-artifacts.ts';
import type { FromWorker, Recomputable, Recomputed, Summary, ToWorker } from './messages.ts';

/** Six times what was tried. What is held are the books, which grow slower than what is read. */
export const RECORDING_BYTES_MAX = 4 * 1024 ** 3;

type Opened = Extract<ToWorker, { kind: 'open' }>;

export interface SessionHost {
  readonly say: (message: FromWorker) => void;
  readonly nowMs: () => number;
  /** Exact kernels; asked for once there is something to compute. */
  readonly openLane: () => Promise<ComputeLane>;
  /** Of a recording; more is refused. */
  readonly bytesMax: number;
}

interface Weights {
  readonly audit: WeightsAudit;
  readonly history: History;
}

export class AuditSession {
  readonly #host: SessionHost;
  readonly #asked: AskedArtifacts;
  readonly #weights: Promise<Weights | null>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(opened: Opened, host: SessionHost) {
    this.#host = host;
    this.#asked = new AskedArtifacts((digest) => host.say({ kind: 'wanted', digest }));
    this.#weights = this.#audit(opened);
  }

  /**
   * Resolves when the checks have been made; rejects for what is no finding.
   * @throws Fault recording_too_large
   */
  get done(): Promise<void> {
    return this.#weights.then(() => undefined);
  }

  /** @param file null: it is not to be had */
  artifactCame(digest: string, file: Blob | null): void {
    this.#asked.heard(digest as Digest, file);
  }

  /** @param id of an item that was offered */
  recompute(id: string): Promise<void> {
    const result = this.#last.then(() => this.#recompute(id));
    // One that breaks must not keep the next from its turn; whoever asked hears of it.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** What recomputations stand on; null where they cannot be. */
  async #audit({
    ndjson,
    checkpoint,
    verifierKey,
    books,
    artifacts,
    threads,
  }: Opened): Promise<Weights | null> {
    const { bytesMax } = this.#host;
    if (ndjson.size > bytesMax)
      throw new Fault('recording_too_large', `${ndjson.size} bytes, at most ${bytesMax} here`, {
        retryable: false,
      });
    const startedMs = this.#host.nowMs();
    const bad: Check[] = [];
    const report = await audit({
      ndjson,
      checkpoint,
      verifierKey,
      books,
      weights: null,
      threads,
      nowMs: this.#host.nowMs,
      // Weights are checked here, file by file and on demand.
      onCheck: (check) => {
        if (check.name === 'weights') return;
        this.#host.say({ kind: 'check', check });
        if (check.sequence !== null) bad.push(check);
      },
      onProgress: this.#reporter(),
    });
    await this.#show(bad, ndjson);
    const weights = await this.#weightsOf(report, artifacts);
    const elapsedMs = this.#host.nowMs() - startedMs;
    this.#host.say({
      kind: 'summary',
      summary: summaryOf(report, weights.ok, ndjson.size, elapsedMs),
    });
    const items = weights.value === null ? [] : itemsOf(weights.value.history.books);
    this.#host.say({ kind: 'work', items });
    return weights.value;
  }

  /** Entries that checks have named, as they stand in the recording. */
  async #show(bad: readonly Check[], ndjson: Blob): Promise<void> {
    const lines = await linesAt(ndjson, new Set(bad.flatMap(({ sequence }) => sequence ?? [])));
    for (const [sequence, line] of lines) {
      const entry = new TextDecoder().decode(line.subarray(0, ENTRY_BYTES_SHOWN));
      this.#host.say({ kind: 'entry', sequence, entry });
    }
  }

  async #weightsOf(
    { history }: AuditReport,
    artifacts: Opened['artifacts'],
  ): Promise<{ value: Weights | null; ok: boolean }> {
    if (artifacts.length === 0) {
      this.#skip('artifacts', 'none were given: weights are not looked at');
      return { value: null, ok: true };
    }
    const files = artifacts === 'asked' ? this.#asked : new FileArtifacts(artifacts);
    const whole = await this.#check('artifacts', () => this.#checkAll(files));
    if (history === null) {
      this.#skip('weights', 'stand on a check that failed');
      return { value: null, ok: whole };
    }
    const weights = new WeightsAudit(files, [await this.#host.openLane()]);
    const { books } = history;
    const datasets = await this.#check('datasets', () => weights.datasets(books));
    const initial = await this.#check('initial checkpoints', () =>
      weights.initialCheckpoints(books),
    );
    const chain = await this.#check('final checkpoint', async () =>
      weights.finalCheckpoints(books),
    );
    return { value: { audit: weights, history }, ok: whole && datasets && initial && chain };
  }

  async #checkAll(files: AskedArtifacts | FileArtifacts): Promise<string> {
    if (files instanceof AskedArtifacts) return 'fetched by digest when needed, each hashed here';
    const report = this.#reporter();
    return files.check((done) => report('artifacts', done, files.count));
  }

  async #recompute(id: string): Promise<void> {
    const weights = await this.#weights;
    if (weights === null) throw new Error('nothing to compute from');
    const item = must(
      itemsOf(weights.history.books).find((one) => one.id === id),
      id,
    );
    this.#host.say({ kind: 'recomputing', id });
    const startedMs = this.#host.nowMs();
    const result = await resultOf(weights, item);
    const elapsedMs = this.#host.nowMs() - startedMs;
    this.#host.say({ kind: 'recomputed', result: { ...result, id, elapsedMs } });
  }

  async #check(name: string, work: () => Promise<string>): Promise<boolean> {
    const startedMs = this.#host.nowMs();
    const found = await work().then(
      (detail) => ({ status: 'ok' as const, detail, sequence: null }),
      (error: unknown) => {
        if (!(error instanceof Finding)) throw error;
        return { status: 'failed' as const, detail: error.message, sequence: error.sequence };
      },
    );
    const elapsedMs = this.#host.nowMs() - startedMs;
    this.#host.say({ kind: 'check', check: { name, ...found, elapsedMs } });
    return found.status === 'ok';
  }

  #skip(name: string, detail: string): void {
    const check = { name, status: 'skipped' as const, detail, sequence: null, elapsedMs: 0 };
    this.#host.say({ kind: 'check', check });
  }

  #reporter(): (what: string, done: number, total: number) => void {
    let current = '';
    let startedMs = 0;
    return (what, done, total) => {
      const nowMs = this.#host.nowMs();
      if (what !== current) startedMs = nowMs;
      current = what;
      this.#host.say({ kind: 'progress', what, done, total, elapsedMs: nowMs - startedMs });
    };
  }
}

/** So much of an entry is shown. */
const ENTRY_BYTES_SHOWN = 2000;

type Found = Omit<Recomputed, 'id' | 'elapsedMs'>;

async function resultOf({ audit: weights, history }: Weights, item: Recomputable): Promise<Found> {
  try {
    const own =
      item.what === 'contribution'
        ? await weights.contribution(history, item.id)
        : await weights.aggregation(history.books, must(history.books.windows[item.id], item.id));
    return { status: 'ok', own, detail: detailOf(item, own), sequence: null };
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    return { status: 'failed', own: null, detail: error.message, sequence: error.sequence };
  }
}

function detailOf({ what, disposition, recorded, isTolerant }: Recomputable, own: string): string {
  if (own === recorded)
    return what === 'contribution'
      ? 'the same bytes as were committed'
      : 'the same checkpoint as was agreed on, and the held-out loss is the recorded one';
  if (isTolerant) return `${disposition}, and within the terms: its class is tolerant`;
  return `${disposition}, and rightly: the work comes to other bytes`;
}

/** Contributions and outer steps, window by window. */
function itemsOf(books: Books): Recomputable[] {
  const contributions = submittedOf(books).map((held): Recomputable => {
    const submission = must(held.submission, 'submission');
    const window = must(books.windows[windowKeyOf(held.assignment)], held.assignment);
    return {
      id: held.assignment,
      what: 'contribution',
      run: window.run,
      window: window.window,
      slot: held.slot,
      author: {
        participant: held.participant,
        name: books.members[held.participant]?.name ?? held.participant,
      },
      disposition: held.disposition ?? 'open',
      recorded: submission.delta.digest,
      sequence: held.resolvedSequence,
      isTolerant: submission.computeClass === 'tolerant',
    };
  });
  const steps = aggregatedOf(books).map((window): Recomputable => ({
    id: `${window.run}/${window.window}`,
    what: 'outer step',
    run: window.run,
    window: window.window,
    slot: null,
    author: null,
    disposition: window.promotion?.decision ?? 'open',
    recorded: agreedOn(window),
    sequence: window.promotion?.sequence ?? null,
    isTolerant: false,
  }));
  const all = [...contributions, ...steps];
  return all.sort((a, b) => (a.run === b.run ? a.window - b.window : a.run < b.run ? -1 : 1));
}

/** What most of the reports say. */
function agreedOn({ aggregation }: WindowBook): string {
  const counts = new Map<string, number>();
  for (const { checkpoint } of must(aggregation, 'aggregation').reports)
    counts.set(checkpoint.digest, (counts.get(checkpoint.digest) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? '';
}

function summaryOf(
  { ok, size, books, verifierKey }: AuditReport,
  weightsHold: boolean,
  bytes: number,
  elapsedMs: number,
): Summary {
  return {
    ok: ok && weightsHold,
    entries: size,
    bytes,
    ledger: books?.ledger.ledger ?? null,
    booksDigest: books === null ? null : digestOf(Buffer.from(canonicalBooks(books))),
    verifierKey,
    elapsedMs,
  };
}

const canonicalBooks = (books: Books): string => canonicalJson(books as unknown as JsonValue);
