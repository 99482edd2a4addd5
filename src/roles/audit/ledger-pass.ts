/**
 * One reading of a recording for every check of the ledger: each piece is decoded, hashed, its
 * signatures handed on, its commands decided again and its entries folded, and then it is let go. What
 * is held are the books, never the entries. Invariant: each check has found what it would find if it
 * alone had read, and one that has found something reads no further.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import type { MachineState } from '../../commands/machine.ts';
import type { PolicyAdopted } from '../../commands/policy-adoption.ts';
import { adoptsPolicy } from '../../commands/policy-adoption.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { ledgerOf } from '../../events/entry.ts';
import { EventLines } from '../../events/event-lines.ts';
import { CompactRange, leafHash } from '../../events/merkle.ts';
import { splitRecording } from '../../events/recording.ts';
import type { Books } from '../../projections/books.ts';
import { emptyBooks, must } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { AuthorSignatures } from './author-signatures.ts';
import { Finding } from './check.ts';
import { isCorrection } from './corrections.ts';
import { DecidedDisputes } from './disputes.ts';
import { forgetIds } from './forget-ids.ts';
import type { Recorded } from './recorded-lines.ts';
import { bytesIn, linesAt, piecesOf } from './recorded-lines.ts';
import { inSequence, Redecision } from './replay.ts';
import { ScoredWindows } from './scores.ts';

const NEWLINE = 0x0a;

export interface PassInput {
  readonly ndjson: Recorded;
  /** Threads that verify author signatures. */
  readonly threads: number;
  readonly nowMs: () => number;
  /** `total` is told from the bytes read so far. */
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** One check's share of the reading. */
export class Share {
  finding: Finding | null = null;
  /** Its own time, and what it waited for. */
  elapsedMs = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Nothing, once it has found something. */
  async do(work: () => void | Promise<void>): Promise<void> {
    if (this.finding !== null) return;
    const startedMs = this.#nowMs();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      this.finding = error;
    } finally {
      this.elapsedMs += this.#nowMs() - startedMs;
    }
  }
}

export class LedgerPass {
  readonly entries: Share;
  readonly tree: Share;
  readonly signatures: Share;
  readonly transitions: Share;
  readonly range = CompactRange.empty();
  first: LedgerEvent | null = null;
  /** Entries that were decoded. */
  decoded = 0;
  signed = 0;
  readonly authors = new Set<string>();
  /** Every one that was in force, in order. */
  readonly policies: PolicyAdopted[] = [];
  /** Of entries whose transitions hold. */
  readonly disputes = new DecidedDisputes();
  readonly scores = new ScoredWindows();
  endsWithNewline = false;
  /** Null: not all of it was derived again. */
  state: MachineState | null = null;
  readonly #input: PassInput;
  readonly #lines = new EventLines();
  readonly #redecision = new Redecision();
  readonly #sources = new Set<string>();
  readonly #corrections: LedgerEvent[] = [];
  /** Never archived, and without what nobody looks up afterwards. */
  #history: Books | null = null;
  #bytesRead = 0;

  private constructor(input: PassInput) {
    const { nowMs } = input;
    this.#input = input;
    this.entries = new Share(nowMs);
    this.tree = new Share(nowMs);
    this.signatures = new Share(nowMs);
    this.transitions = new Share(nowMs);
  }

  static async of(input: PassInput): Promise<LedgerPass> {
    const pass = new LedgerPass(input);
    const authors = new AuthorSignatures(input.threads, bytesIn(input.ndjson));
    try {
      for await (const piece of piecesOf(input.ndjson)) await pass.#take(piece, authors);
      await pass.#end(authors);
    } finally {
      await authors.close();
    }
    return pass;
  }

  /** The books with all of history, where every transition holds. */
  get history(): Books {
    return must(this.#history, 'history');
  }

  /** Corrections, and the entries that they name. */
  async corrected(): Promise<LedgerEvent[]> {
    const named = this.#corrections.flatMap((event) =>
      isCorrection(event) ? [event.data.original.sequence as number] : [],
    );
    const lines = await linesAt(this.#input.ndjson, new Set(named));
    const originals = [...lines.values()].map(decodeEvent).filter(isRight);
    return [...originals.map(({ right }) => right), ...this.#corrections];
  }

  async #take(piece: Uint8Array, authors: AuthorSignatures): Promise<void> {
    const before = this.decoded;
    await this.tree.do(() => {
      for (const line of splitRecording(piece)) this.range.append(leafHash(line));
    });
    const read: { readonly event: LedgerEvent; readonly line: Uint8Array }[] = [];
    await this.entries.do(() => {
      const lines = this.#lines;
      lines.load(piece);
      for (let next = lines.next(); next !== null; next = lines.next()) {
        const event = inSequence(next, this.decoded);
        this.#note(event);
        read.push({ event, line: lines.line });
      }
    });
    this.#bytesRead += piece.byteLength;
    this.endsWithNewline = piece.at(-1) === NEWLINE;
    if (this.entries.finding !== null) return this.#report();
    await this.signatures.do(() => authors.take(before, piece));
    await this.transitions.do(() => {
      for (const entry of read) {
        this.#redecision.take(entry);
        this.#fold(entry.event);
      }
      // The books under judgement have made sure that none comes twice.
      if (this.#history !== null) forgetIds(this.#history);
    });
    this.#report();
  }

  #note(event: LedgerEvent): void {
    this.first ??= event;
    this.decoded += 1;
    this.#sources.add(event.source);
    this.authors.add(event.actor);
    if (adoptsPolicy(event)) this.policies.push(event);
    if (isCorrection(event)) this.#corrections.push(event);
  }

  #fold(event: LedgerEvent): void {
    const books = (this.#history ??= emptyBooks(ledgerOf(event.source)));
    foldWhole(books, event);
    this.disputes.take(event, books);
    this.scores.take(event, books);
  }

  async #end(authors: AuthorSignatures): Promise<void> {
    await this.entries.do(() => {
      if (this.#sources.size > 1) throw new Finding('entries of more than one ledger');
    });
    if (this.entries.finding !== null) return;
    await this.signatures.do(async () => {
      const { signed, firstBad } = await authors.end();
      this.signed = signed;
      if (firstBad === null) return;
      const [line] = (await linesAt(this.#input.ndjson, new Set([firstBad]))).values();
      const { actor } = inSequence(decodeEvent(must(line, 'line')), firstBad);
      throw new Finding(`signature of ${actor} does not verify`, firstBad);
    });
    await this.transitions.do(() => {
      this.state = this.#redecision.end();
    });
  }

  #report(): void {
    const { onProgress, ndjson } = this.#input;
    const { size } = this.range;
    const share = this.#bytesRead / bytesIn(ndjson);
    onProgress('entries', size, Math.max(size, Math.round(size / share)));
  }
}
