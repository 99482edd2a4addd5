/**
 * The log as a JetStream stream: one message a commit, position = stream sequence. Invariant: every
 * append carries the stream-level expected last sequence and the expected last commit's id, so of two
 * writers exactly one wins and commits stay contiguous; an append whose answer is lost or ambiguous
 * is decided by looking into the stream, never by guessing.
 *
 * A retry of a stored commit is answered as a duplicate by some servers and as a wrong sequence by
 * others; both end in `#find`. The server's dedupe window is not relied on.
 *
 * Where the log is in an account apart, its readers consume a mirror and ask the log itself where it
 * ends: what was acknowledged is seen, and read as soon as the mirror has it.
 */
import * as E from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamManager, PubAck } from '@nats-io/jetstream';
import { checkAppendable } from '../commit-integrity.ts';
import { commitOfMessage, headersOf, MESSAGE_OVERHEAD_BYTES } from './commit-message.ts';
import { logMirror, logStream, subjectsOf } from './declarations.ts';
import { calling, ensureStream, isMirror, managerAt, orReconnected, type Link } from './link.ts';
import { LogReader } from './log-reader.ts';
import { isNotNext, isTransient, natsFault } from './nats-fault.ts';
import type { AppendConflict, EventLog, LogHead } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Commit, StoredCommit } from '../../events/commit.ts';
import type { CommitId, LedgerId, LogPosition } from '../../events/ids.ts';

type Answer = E.Either<AppendConflict, LogPosition>;

/** So that a command waits for the way of its own append, and not for that of the one before, too. */
const APPENDS_IN_FLIGHT = 4;
const RESEND_PAUSE_MS = 5;
const LONGEST_RESEND_PAUSE_MS = 250;
const EMPTY: LogHead = { position: 0 as LogPosition, size: 0, commitId: null };

/** Whether the commit continues a log that ends so. */
const continues = (
  { first }: Commit,
  expected: LogPosition,
  previous: CommitId | null | undefined,
  head: LogHead,
): boolean =>
  head.position === expected &&
  head.size === first &&
  (previous === undefined || head.commitId === previous);
class JetStreamEventLog implements EventLog {
  readonly ledger: LedgerId;
  readonly appendsInFlight = APPENDS_IN_FLIGHT;
  readonly #link: Link;
  /** Of the log itself, not of its mirror. */
  readonly #origin: JetStreamManager;
  readonly #stream: string;
  readonly #subject: string;
  readonly #reader: LogReader;
  /** Where the log will end if everything sent so far lands; null when that must be looked up. */
  #ahead: LogHead | null = null;
  /** Appends are sent in the order they were asked for. */
  #turn: Promise<unknown> = Promise.resolve();
  /** How many wait for theirs. */
  #waiting = 0;

  constructor(ledger: LedgerId, link: Link, origin: JetStreamManager) {
    this.ledger = ledger;
    this.#link = link;
    this.#origin = origin;
    this.#stream = logStream(ledger).name;
    this.#subject = subjectsOf(ledger).log;
    this.#reader = new LogReader(link, this.#stream, {
      head: () => this.head(),
      at: (position) => this.#at(position),
    });
  }

  head(): Promise<LogHead> {
    return calling(this.#link, 'Reading the end of the log', 'log_unavailable', () => this.#head());
  }

  /** Not a direct get: the stream's leader answers, so what was acknowledged is seen. */
  async #head(): Promise<LogHead> {
    const query = { last_by_subj: this.#subject };
    const last = await this.#origin.streams.getMessage(this.#stream, query);
    if (last === null) return EMPTY;
    const commit = commitOfMessage(last.seq, last.header, last.data);
    return {
      position: commit.position,
      size: commit.first + commit.count,
      commitId: commit.id,
    };
  }

  async append(commit: Commit, expected: LogPosition, previous?: CommitId | null): Promise<Answer> {
    checkAppendable(commit);
    this.#checkFits(commit);
    const mine = { ...commit, payload: new Uint8Array(commit.payload) };
    const settled = await this.#inTurn(mine, expected, previous);
    if (E.isLeft(settled)) this.#ahead = null;
    return settled;
  }

  /** At once when nobody waits for its turn and the place is known, as it is in a steady stream. */
  async #inTurn(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<Answer> {
    const before = this.#ahead;
    if (this.#waiting === 0 && before !== null && continues(commit, expected, previous, before))
      return this.#sendAhead(commit, before);
    this.#waiting += 1;
    const sent = this.#turn.then(() => this.#send(commit, expected, previous));
    this.#turn = sent.then(
      () => (this.#waiting -= 1),
      () => (this.#waiting -= 1),
    );
    const { answer } = await sent;
    return answer;
  }

  #checkFits(commit: Commit): void {
    const room = this.#link.messageBytesMax - MESSAGE_OVERHEAD_BYTES;
    if (commit.payload.length <= room) return;
    throw new Fault(
      'commit_too_large',
      `The commit has ${commit.payload.length} bytes; the server's max_payload leaves ${room}.`,
      { retryable: false },
    );
  }

  /** Resolves when the commit is on its way (or decided already), with its answer to come. */
  async #send(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<{ answer: Promise<Answer> }> {
    if (this.#ahead === null || !continues(commit, expected, previous, this.#ahead))
      this.#ahead = await this.head();
    const before = this.#ahead;
    return continues(commit, expected, previous, before)
      ? { answer: this.#sendAhead(commit, before) }
      : { answer: this.#decide(commit, expected, before) };
  }

  #sendAhead(commit: Commit, before: LogHead): Promise<Answer> {
    const answer = this.#publish(commit, before);
    this.#ahead = {
      position: (before.position + 1) as LogPosition,
      size: commit.first + commit.count,
      commitId: commit.id,
    };
    answer.catch(() => {
      this.#ahead = null;
    });
    return answer;
  }

  async #publish(commit: Commit, before: LogHead): Promise<Answer> {
    const until = Date.now() + this.#link.patienceMs;
    for (
      let pauseMs = RESEND_PAUSE_MS;
      ;
      pauseMs = Math.min(2 * pauseMs, LONGEST_RESEND_PAUSE_MS)
    ) {
      try {
        const ack = await orReconnected(this.#link, this.#sendOnce(commit, before));
        return E.right(ack.seq as LogPosition);
      } catch (error) {
        const isRefused = isNotNext(error);
        if (!isRefused && !isTransient(error)) {
          throw natsFault('Appending to the log', error, 'log_unavailable', this.#link.login);
        }
        const head = await this.#headAfter(error);
        const isNext = head.position === before.position && head.commitId === before.commitId;
        const mayCome = !isRefused && head.position < before.position;
        if (!isNext && !mayCome) return this.#decide(commit, before.position, head);
        // It may be under way still, or its predecessor was a moment ago: sending it again is safe,
        // for it fits in one place only.
        if (Date.now() > until) throw this.#unknown(error);
      }
      // A leader without followers refuses what it has under way already, at once, for seconds.
      await delay(pauseMs);
    }
  }

  /**
   * The position alone does not say what was expected there: when commits are sent ahead of each
   * other's answers, another writer's commit may take the place of the one before this. Its id does.
   */
  #sendOnce(commit: Commit, before: LogHead): Promise<PubAck> {
    return this.#link.js.publish(this.#subject, commit.payload, {
      msgID: commit.id,
      headers: headersOf(commit),
      expect: {
        streamName: this.#stream,
        lastSequence: before.position,
        ...(before.commitId === null ? {} : { lastMsgID: before.commitId }),
      },
    });
  }

  async #headAfter(error: unknown): Promise<LogHead> {
    try {
      return await this.head();
    } catch (silence) {
      if (silence instanceof Fault && silence.code !== 'log_unavailable') throw silence;
      throw this.#unknown(error);
    }
  }

  #unknown(cause: unknown): Fault {
    const message = 'The append was sent and not answered. Append the same commit again.';
    return new Fault('log_outcome_unknown', message, { retryable: true, cause });
  }

  async #decide(commit: Commit, expected: LogPosition, head: LogHead): Promise<Answer> {
    const stored = await this.#find(commit, expected, head);
    return stored === null ? E.left({ kind: 'conflict', expected, head }) : E.right(stored);
  }

  /** The position this very commit is stored at, or null. A commit is known by where it starts. */
  async #find(commit: Commit, expected: LogPosition, head: LogHead): Promise<LogPosition | null> {
    if (head.commitId === commit.id) return head.position;
    if (commit.first >= head.size) return null;
    let [low, high] = [1, head.position as number];
    for (let at = Math.min(expected + 1, high); low <= high; at = (low + high) >> 1) {
      const found = await this.#at(at);
      if (found.first === commit.first) return found.id === commit.id ? found.position : null;
      if (found.first < commit.first) low = at + 1;
      else high = at - 1;
    }
    return null;
  }

  #at(position: number): Promise<StoredCommit> {
    return calling(this.#link, 'Reading the log', 'log_unavailable', async () => {
      const found = await this.#origin.streams.getMessage(this.#stream, { seq: position });
      if (found !== null) return commitOfMessage(found.seq, found.header, found.data);
      throw new Fault('log_corrupt', `The log is corrupt: position ${position} is missing.`, {
        retryable: false,
      });
    });
  }

  read(after: LogPosition): AsyncIterable<StoredCommit> {
    return this.#reader.read(after);
  }

  follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit> {
    return this.#reader.follow(after, signal);
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

/**
 * @throws Fault log_not_found | log_unavailable | permission_denied | storage_full
 */
export async function openLog(link: Link, ledger: LedgerId): Promise<EventLog> {
  try {
    return await openStreams(link, ledger);
  } catch (error) {
    // Whoever looks for a ledger thinks of its name, not of the stream's.
    if (!(error instanceof Fault) || error.code !== 'log_not_found') throw error;
    throw new Fault('log_not_found', `There is no ledger ${ledger} on this server.`, {
      retryable: false,
      cause: error,
    });
  }
}

async function openStreams(link: Link, ledger: LedgerId): Promise<EventLog> {
  if (!link.create && (await isMirror(link, logStream(ledger).name))) {
    await ensureStream(link, logMirror(ledger));
    return new JetStreamEventLog(ledger, link, await managerAt(link, subjectsOf(ledger).origin));
  }
  await ensureStream(link, logStream(ledger));
  return new JetStreamEventLog(ledger, link, link.jsm);
}
