/**
 * A worker under terms for catching up. Three ways to begin:
 *
 *   blocking     reaches the newest state before it joins
 *   overlapped   joins and is heard from at once, and catches up while others work
 *   last-stable  overlapped, from the last revision whose checkpoint is in the store, not from what
 *                only peers have; it says so as soon as it has that one, and goes on by outer steps
 *
 * Whichever: it shows a state before it gets work, and each claim shows the window's.
 */
import type { DataOfType } from '../../events/catalogue.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Books } from '../../projections/books.ts';
import { must, revisionCount } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import { newestRevision } from './plan.ts';
import type { CatchUpReceipt, ReachedState, StateKeeper } from './state-keeper.ts';

export type CatchUpMode = DataOfType<'daybook.catchup.completed.v1'>['mode'];
export const CATCH_UP_MODES: readonly CatchUpMode[] = ['blocking', 'overlapped', 'last-stable'];

export interface CatchUpOptions {
  readonly mode: CatchUpMode;
  readonly keeper: StateKeeper;
  /** Told of each state that is held now, to offer it to others. */
  readonly onReached?: (state: ReachedState, node: Node, signal: AbortSignal) => Promise<void>;
  /** Runs beside the node's duties, until aborted. */
  readonly beside?: (node: Node, signal: AbortSignal) => Promise<void>;
}

const RETRY_MS = 1000;

/** Runs that a worker may get work of, and has not caught up with in this session. */
function behindOn(books: Books, actor: string, session: number): string | undefined {
  const member = books.members[actor];
  if (books.policy?.catchUp === undefined || member?.session !== session) return undefined;
  if (member.leaseUntilMs === null || member.status === 'expired') return undefined;
  return liveRuns(books).find((run) => books.caughtUp?.[run]?.[actor]?.session !== session);
}

const liveRuns = (books: Books): string[] =>
  Object.values(books.runs)
    .filter(({ state, revisions }) => !IDLE.has(state) && revisions.length > 0)
    .map(({ plan }) => plan.run);
const IDLE: ReadonlySet<string> = new Set(['planned', 'completed', 'failed']);

export class CatchUp {
  readonly #options: CatchUpOptions;
  /** By run: what was fetched since a state was last shown, or before there was a session for it. */
  readonly #unsaid = new Map<string, CatchUpReceipt>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Before the node joins. */
  async prepare(node: Node, signal: AbortSignal): Promise<void> {
    if (this.#options.mode !== 'blocking') return;
    const size = await node.logSize();
    const books = await node.follower.until(({ ledger }) => ledger.size >= size, signal);
    if (books.policy?.catchUp === undefined) return;
    for (const run of liveRuns(books))
      await this.#persistently(node, signal, () => this.#newest(node, run, signal));
  }

  /** Beside its duties, until aborted. */
  async beside(node: Node, signal: AbortSignal): Promise<void> {
    await Promise.all([this.#keepShown(node, signal), this.#options.beside?.(node, signal)]);
  }

  /** A state is shown in every session. */
  async #keepShown(node: Node, signal: AbortSignal): Promise<void> {
    const behind = (books: Books) => behindOn(books, node.self, node.session.number);
    while (!signal.aborted) {
      try {
        await node.follower.until((books) => behind(books) !== undefined, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      const run = behind(node.follower.books);
      if (run !== undefined)
        await this.#persistently(node, signal, () => this.#show(node, run, signal));
    }
  }

  /** The state that an assignment starts from. @throws Fault artifact_missing */
  async stateFor(node: Node, run: string, revision: number, signal: AbortSignal) {
    const { keeper, mode } = this.#options;
    const preferReplay = mode === 'last-stable';
    const state = await keeper.reach(node, { run, target: revision, preferReplay }, signal);
    this.#note(state);
    await this.#options.onReached?.(state, node, signal);
    return state;
  }

  async #show(node: Node, run: string, signal: AbortSignal): Promise<void> {
    // Since the last attempt the run may be over, or what was said arrived after all.
    if (behindOn(node.follower.books, node.self, node.session.number) !== run) return;
    const stable = await this.#stable(node, run, signal);
    if (stable !== null) await this.#complete(stable, node, signal);
    await this.#complete(await this.#newest(node, run, signal), node, signal);
  }

  #newest(node: Node, run: string, signal: AbortSignal): Promise<ReachedState> {
    const book = must(node.follower.books.runs[run], run);
    const { revision } = must(newestRevision(book), 'revision');
    return this.stateFor(node, run, revision, signal);
  }

  /** What last-stable begins from; null: another mode, or the newest is as stable. */
  async #stable(node: Node, run: string, signal: AbortSignal): Promise<ReachedState | null> {
    const { mode, keeper } = this.#options;
    if (mode !== 'last-stable') return null;
    const { books } = node.follower;
    const book = must(books.runs[run], run);
    const terms = must(books.policy?.catchUp, 'terms');
    const oldest = revisionCount(book) - 1 - terms.staleRevisionsMax;
    for (const { revision, checkpoint } of book.revisions.toReversed()) {
      if (revision < oldest) return null;
      if (!(await node.artifacts.has(checkpoint.digest))) continue;
      const options = { run, target: revision, storeOnly: true };
      const state = await keeper.reach(node, options, signal);
      this.#note(state);
      return state;
    }
    return null;
  }

  #note({ run, receipt }: ReachedState): void {
    const before = this.#unsaid.get(run);
    this.#unsaid.set(run, {
      sources: [...new Set([...(before?.sources ?? []), ...receipt.sources])].toSorted(),
      bytes: (before?.bytes ?? 0) + receipt.bytes,
      chunksRefused: (before?.chunksRefused ?? 0) + receipt.chunksRefused,
      revisionsCrossed: (before?.revisionsCrossed ?? 0) + receipt.revisionsCrossed,
    });
  }

  async #complete(state: ReachedState, node: Node, signal: AbortSignal): Promise<void> {
    const { run, revision, digest } = state;
    const receipt = this.#unsaid.get(run) ?? state.receipt;
    const session = node.session.number;
    const reply = await node.client.send(
      `catch-up-${run}-${node.self}-${session}-${revision}`,
      {
        type: 'daybook.catchup.completed.v1',
        data: { run, session, revision, checkpoint: digest, mode: this.#options.mode, ...receipt },
      },
      signal,
    );
    if (reply.status === 'recorded') {
      node.say(`caught up with revision ${revision} of ${run}: ${receipt.bytes} bytes fetched`);
      this.#unsaid.delete(run);
      await node.follower.reach(reply.sequence, signal);
    } else if (reply.code === 'session_over') await node.session.renew(session, signal);
    else if (reply.code !== 'already_caught_up' && reply.code !== 'command_id_conflict')
      throw new Fault('log_outcome_unknown', `catch-up refused: ${reply.code}`, {
        retryable: true,
      });
  }

  /** Until it works: a joiner without a state has nothing else to do. */
  async #persistently(
    node: Node,
    signal: AbortSignal,
    call: () => Promise<unknown>,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await call();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Fault)) throw error;
        node.say(`catching up: ${error.code}: ${error.message}; will try again`);
        await node.clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
}
