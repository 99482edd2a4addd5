/**
 * A party's connection to a ledger, for programs: it sends what the party signs and keeps a fold of
 * its own, so that what it tells of the books was derived here from the entries and not believed.
 * Invariant: a command is signed once; whatever goes wrong on the way, the same bytes are sent again.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { OpenLedger } from '../adapters/open.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { systemEntropy } from '../adapters/system-entropy.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Refusal } from '../commands/refusal.ts';
import { REFUSALS } from '../commands/refusal.ts';
import { commandId, ledgerId } from '../events/codecs.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import { familyOf } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { keyFromSeed } from '../events/nkey.ts';
import type { Books } from '../projections/books.ts';
import { CommandClient } from '../roles/command-client.ts';
import { Follower } from '../roles/follower.ts';

export interface ConnectOptions {
  /** Name of the ledger at the URL; `main` unless given. */
  readonly ledger?: string;
}

export interface PublishOptions {
  /** How long to go on sending, in milliseconds; 30,000 unless given. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/** A fact to assert, under the id of the command that asserts it. */
export type Assertion<T extends FactType> = FactOf<T> & {
  /**
   * Sending an id again gives the first answer and changes nothing. A fresh one unless given; the
   * ledger's tag is put behind a name that has none, which for all but the operator holds how far the
   * ledger is: to repeat a command, take the id that came back.
   */
  readonly id?: string;
};

export type Published =
  | {
      readonly status: 'recorded';
      readonly id: string;
      /** Sequence of the entry that the command became. */
      readonly sequence: number;
      /** Entries that it led to, its own included. */
      readonly count: number;
      /** It had been recorded before. */
      readonly repeated: boolean;
    }
  | ({
      readonly status: 'refused';
      readonly id: string;
      /** What to do about it. */
      readonly advice: string;
    } & Refusal);

/** A book by its name, or what a function makes of all of them. */
export type Selector<T> = (books: Books) => T;

/** Called with what was selected and the number of entries that it follows from. */
export type OnChange<T> = (selected: T, size: number) => void;

export interface FollowOptions {
  readonly signal?: AbortSignal;
}

const PATIENCE_MS = 30_000;
const ID_BYTES = 8;

/**
 * @param url `file:<folder>` or `nats://host:port[,host:port...]`
 * @param key with which to sign, or its seed (`SU...`); without one nothing can be published
 * @throws Fault `log_not_found` and others when the ledger cannot be opened; TypeError for what is no key or name
 */
export async function connect(
  url: string,
  key: SigningKey | string | null = null,
  { ledger = 'main' }: ConnectOptions = {},
): Promise<Connection> {
  if (!ledgerId.is(ledger)) throw new TypeError(`"${ledger}" is no name of a ledger`);
  const signing = typeof key === 'string' ? keyOf(key) : key;
  return new Connection(await openLedger(url, ledger, { create: false }), signing);
}

export class Connection {
  readonly #parts: OpenLedger;
  readonly #key: SigningKey | null;
  readonly #client: CommandClient | null;
  readonly #closing = new AbortController();
  #following: { readonly follower: Follower; readonly run: Promise<void> } | null = null;

  /** @param parts closed with the connection */
  constructor(parts: OpenLedger, key: SigningKey | null) {
    const { channel, log } = parts;
    this.#parts = parts;
    this.#key = key;
    this.#client =
      key === null ? null : new CommandClient({ channel, clock: systemClock, key, log });
  }

  get ledger(): string {
    return this.#parts.log.ledger;
  }

  /** Who speaks here; null for a connection that only reads. */
  get actor(): ActorId | null {
    return this.#key?.actor ?? null;
  }

  /**
   * Sign a fact and send it until it is answered. A refusal is an answer, with a stable code.
   * @throws Fault when the authority cannot do it, and `request_timeout` when nobody answered in time:
   * then it may still have been recorded, and the same id tells
   */
  async publish<T extends FactType>(
    { id, ...fact }: Assertion<T>,
    { patienceMs = PATIENCE_MS, signal }: PublishOptions = {},
  ): Promise<Published> {
    if (this.#client === null) throw new TypeError('this connection has no key to sign with');
    const said = fact as unknown as FactOf<T>;
    const name = id ?? `${familyOf(said.type)}-${freshId()}`;
    if (!commandId.is(name)) throw new TypeError(`"${name}" is no command id`);
    const sent = await this.#client.idOf(name, said.type);
    const patience = AbortSignal.timeout(patienceMs);
    const signals = [patience, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    try {
      const reply = await this.#client.send(sent, said, AbortSignal.any(signals));
      if (reply.status === 'recorded') return { ...reply, id: sent };
      // An authority of a later version may have a code that this one does not know.
      const advice = REFUSALS[reply.code]?.advice ?? reply.message;
      return { ...reply, id: sent, advice };
    } catch (error) {
      if (!patience.aborted) throw error;
      throw new Fault('request_timeout', `No answer to command ${sent} in ${patienceMs} ms.`, {
        retryable: true,
        cause: error,
      });
    }
  }

  /**
   * Tell of a book now, and again whenever an entry has changed it, until aborted or closed. What is
   * handed over is never changed afterwards. The history before the call is folded, not told.
   * @param book its name (`runs`, `windows`, `rewards`, ...), or a function of all books; what it gives is
   * compared by identity
   * @returns resolves when aborted or closed
   * @throws Fault `log_corrupt` and others when the log cannot be followed; whatever `onChange` throws
   */
  async follow<K extends keyof Books>(
    book: K,
    onChange: OnChange<Books[K]>,
    options?: FollowOptions,
  ): Promise<void>;
  async follow<T>(book: Selector<T>, onChange: OnChange<T>, options?: FollowOptions): Promise<void>;
  async follow(
    book: keyof Books | Selector<unknown>,
    onChange: OnChange<never>,
    { signal }: FollowOptions = {},
  ): Promise<void> {
    const select = typeof book === 'function' ? book : (books: Books): unknown => books[book];
    const stop = this.#stopWith(signal);
    try {
      let told = select(await this.books(stop));
      onChange(told as never, this.#follower().books.ledger.size);
      for (;;) {
        const before = told;
        const books = await this.#follower().until((now) => select(now) !== before, stop);
        told = select(books);
        onChange(told as never, books.ledger.size);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** The books as of now, at least: every entry that the log had when this was called is in them. */
  async books(signal?: AbortSignal): Promise<Books> {
    const { size } = await this.#parts.log.head();
    return await this.#follower().until(
      (books) => books.ledger.size >= size,
      this.#stopWith(signal),
    );
  }

  /** The books once the condition holds of them; rejects with the signal's reason when aborted. */
  async until(condition: Selector<boolean>, signal?: AbortSignal): Promise<Books> {
    return await this.#follower().until(condition, this.#stopWith(signal));
  }

  /** Ends what follows, and gives the log and its locks back. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following?.run;
    await this.#parts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** One fold for all who ask; it begins with the first. */
  #follower(): Follower {
    if (this.#following === null) {
      const follower = new Follower(this.#parts.log);
      // Whoever waits on the follower is told of its failure.
      const run = follower.run(this.#closing.signal).catch(() => undefined);
      this.#following = { follower, run };
    }
    return this.#following.follower;
  }

  #stopWith(signal: AbortSignal | undefined): AbortSignal {
    const own = this.#closing.signal;
    return signal === undefined ? own : AbortSignal.any([own, signal]);
  }
}

const freshId = (): string => Buffer.from(systemEntropy.bytes(ID_BYTES)).toString('hex');

function keyOf(seed: string): SigningKey {
  const key = keyFromSeed(seed.trim());
  if (isLeft(key)) throw new TypeError(`no seed of a key: ${key.left.message}`);
  return key.right;
}
