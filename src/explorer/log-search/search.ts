/**
 * The log, searched: the index is made when somebody first asks and goes on from there. A question is
 * answered with what is indexed after a short while; `indexed` says how far that is. Invariant: only
 * entries that the follower has verified are indexed.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { Breath } from '../breath.ts';
import type { EntrySource } from '../entries.ts';
import { linesBetween } from '../entries.ts';
import { HttpError } from '../reply.ts';
import { LogIndex } from './log-index.ts';

/** How long a question waits for the index; a small step behind is made up in it. */
const INDEX_MS_MAX = 400;
/** The same for one that has no answer before all of it is indexed. */
const WHOLE_MS_MAX = 5000;
/** Entries that lie closer than this are read in one go. */
const GAP_MAX = 64;

export class LogSearch {
  readonly #source: EntrySource;
  #index = new LogIndex();
  /** The folding that the entries are of. */
  #of: unknown;
  #indexing: Promise<void> | null = null;

  constructor(source: EntrySource) {
    this.#source = source;
  }

  /** As far as it is made. */
  async index(withinMs = INDEX_MS_MAX): Promise<LogIndex> {
    const { folding, size } = this.#source.follower;
    if (folding !== this.#of) {
      this.#of = folding;
      this.#index = new LogIndex();
    }
    if (this.#index.size < size) {
      this.#indexing ??= this.#catchUp(this.#index).finally(() => {
        this.#indexing = null;
      });
      // Whoever asks later hears of what went wrong; here it only leaves the index where it is.
      const settled = this.#indexing.catch(() => undefined);
      await Promise.race([settled, delay(withinMs, undefined, { ref: false })]);
    }
    return this.#index;
  }

  /** Of all that was folded when it was asked for. @throws HttpError not_indexed */
  async whole(): Promise<LogIndex> {
    const { size } = this.#source.follower;
    const index = await this.index(WHOLE_MS_MAX);
    if (index.size >= size) return index;
    const said = `${index.size} of ${size} entries are indexed for searches; try again`;
    throw new HttpError(503, 'not_indexed', said);
  }

  /** These entries in the order asked for. @throws Fault when the log cannot be read */
  async entries(sequences: readonly number[]): Promise<LedgerEvent[]> {
    const found = new Map<number, LedgerEvent>();
    const wanted = [...sequences].sort((a, b) => a - b);
    for (let first = 0; first < wanted.length;) {
      let last = first;
      while ((wanted[last + 1] ?? Infinity) - (wanted[last] as number) <= GAP_MAX) last += 1;
      let sequence = wanted[first] as number;
      const lines = linesBetween(this.#source, sequence, (wanted[last] as number) + 1);
      for await (const line of lines) {
        const event = decodeEvent(line);
        if (isLeft(event)) throw new Error(event.left.message);
        found.set(sequence, event.right);
        sequence += 1;
      }
      first = last + 1;
    }
    return sequences.flatMap((sequence) => found.get(sequence) ?? []);
  }

  async #catchUp(index: LogIndex): Promise<void> {
    const breath = new Breath();
    while (index === this.#index && index.size < this.#source.follower.size) {
      for await (const line of linesBetween(this.#source, index.size, this.#source.follower.size)) {
        index.add(line);
        await breath.take();
      }
    }
  }
}
