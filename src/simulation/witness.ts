/**
 * The witness: folds every commit from its bytes, apart from everybody else, and holds the laws
 * against each entry and each answer. The first breach is kept and everything after it ignored.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { FAULTS } from '../commands/ports/fault.ts';
import type { RequestKind } from '../commands/ports/channel.ts';
import { REFUSALS } from '../commands/refusal.ts';
import type { Reply } from '../commands/reply.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Books } from '../projections/books.ts';
import { Rebuild } from '../roles/rebuild.ts';
import type { Law, Sight } from './law.ts';
import { Breach } from './law.ts';
import { LAWS } from './laws/table.ts';
import { Truth } from './truth.ts';

export class Witness {
  readonly truth: Truth;
  readonly rebuild = new Rebuild();
  readonly events: LedgerEvent[] = [];
  readonly lines: Uint8Array[] = [];
  readonly refusals = new Map<string, number>();
  breach: Error | null = null;
  readonly #laws: readonly Law[];
  readonly #isHonest: (actor: string) => boolean;
  readonly #onEvent: ((event: LedgerEvent, sight: Sight) => void) | undefined;

  constructor(
    truth: Truth,
    isHonest: (actor: string) => boolean,
    onEvent?: (event: LedgerEvent, sight: Sight) => void,
  ) {
    this.truth = truth;
    this.#onEvent = onEvent;
    this.#isHonest = isHonest;
    this.#laws = LAWS.map(({ name, make }) =>
      make((message) => {
        throw new Breach(name, message);
      }),
    );
  }

  get books(): Books {
    return this.rebuild.books;
  }

  get #sight(): Sight {
    return { books: this.books, truth: this.truth, isHonest: this.#isHonest };
  }

  /** A commit as it is stored. */
  stored(commit: StoredCommit): void {
    this.#under('log', () => {
      const lines = unpackCommit(commit);
      if (isLeft(lines)) throw new Breach('log', lines.left.message);
      for (const line of lines.right) this.#read(line);
      this.rebuild.checkRoot(commit.root);
    });
  }

  /** A line of a recording: what was stored, looked at afterwards. */
  recorded(line: Uint8Array): void {
    this.#under('log', () => this.#read(line));
  }

  #read(line: Uint8Array): void {
    const event = this.rebuild.add(line);
    this.events.push(event);
    this.lines.push(line);
    for (const law of this.#laws) law.see?.(event, this.#sight);
    this.#onEvent?.(event, this.#sight);
  }

  /** An answer as it arrives at whoever asked. */
  answered(kind: RequestKind, payload: Uint8Array, reply: Reply): void {
    if (kind === 'command') this.#under('answers', () => this.#checkReply(payload, reply));
  }

  end(completed: boolean): void {
    this.#under('end', () => {
      for (const law of this.#laws) law.end?.(this.#sight, completed);
    });
  }

  fail(error: unknown): void {
    this.breach ??= error instanceof Error ? error : new Error(String(error));
  }

  /** What was recorded is in the log when its author hears of it; what was refused says why. */
  #checkReply(payload: Uint8Array, reply: Reply): void {
    if (reply.status === 'recorded') {
      const entry = this.events[reply.sequence];
      const { id, sig } = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<
        string,
        string
      >;
      if (entry?.commandid !== id || entry?.sig !== sig)
        throw new Breach(
          'durable-answers',
          `${id} was answered ${reply.sequence}, which is not it`,
        );
      return;
    }
    const { code, message } = reply;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    const known = code in (reply.status === 'refused' ? REFUSALS : FAULTS);
    if (!known || message === '')
      throw new Breach(
        'typed-refusals',
        `"${code}: ${message}" is no ${reply.status} that is known`,
      );
  }

  #under(law: string, look: () => void): void {
    if (this.breach !== null) return;
    try {
      look();
    } catch (error) {
      this.fail(error instanceof Breach ? error : new Breach(law, String(error)));
    }
  }
}
