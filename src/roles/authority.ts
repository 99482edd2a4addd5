/**
 * The authority role: serves commands through the decider runner, ticks when something is due,
 * hands out steps, answers queries. It holds nothing that the log does not give back: killed at any
 * moment, it resumes from the log and offers every outstanding step again.
 */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import { originOf, signCheckpoint } from '../events/checkpoint.ts';
import { digestOf } from '../events/digest.ts';
import type { SigningKey } from '../events/nkey.ts';
import { verifierKeyOf } from '../events/note.ts';
import type { MachineState } from '../commands/machine.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Channel, IncomingRequest } from '../commands/ports/channel.ts';
import type { Clock } from '../commands/ports/clock.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import { encodeReply } from '../commands/reply.ts';
import { nextDueMs } from '../commands/rules/react.ts';
import { Runner } from '../commands/runner.ts';
import type { SnapshotKeeper } from './snapshots/keeper.ts';
import { snapshotOf } from './snapshots/keeper.ts';
import { decodeQuery, encodeAnswer } from './query.ts';
import type { Answer, Query } from './query.ts';
import type { AddressedStep } from './steps.ts';
import { encodeStep, outstandingSteps, stepsCausedBy } from './steps.ts';

export interface AuthorityOptions {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly key: SigningKey;
  /** Null: start from the log alone. */
  readonly snapshots?: SnapshotKeeper | null;
}

/** Never sleep longer than this, so that a clock set back is noticed. */
const TICK_MAX_MS = 1000;
const STEP_RETRY_MS = 200;
const TICK_RETRY_MS = 50;
const REACH_WITHIN_MS = 5000;

export async function runAuthority(options: AuthorityOptions, signal: AbortSignal): Promise<void> {
  const { log, snapshots = null } = options;
  const from = (await snapshots?.resume(log)) ?? null;
  const runner = await Runner.open({ ...options, from });
  const { authority } = runner.state.books.ledger;
  if (authority !== null && authority !== options.key.actor)
    throw notTheAuthority(options.key.actor, authority);
  const outbox = new Outbox(options, signal);
  runner.onCommit((events, state) => {
    for (const event of events) outbox.add(stepsCausedBy(event, state.books));
    snapshots?.offer(runner.state.tree.size, snapshotOf(log.ledger, runner));
  });
  outbox.add(outstandingSteps(runner.state.books));

  await Promise.all([
    options.channel.serve((request) => {
      void serveRequest(options, runner, request);
    }, signal),
    tickLoop(options, runner, signal),
    outbox.run(),
  ]);
  await runner.idle();
  await snapshots?.close(runner.state.tree.size, snapshotOf(log.ledger, runner));
}

async function serveRequest(
  options: AuthorityOptions,
  runner: Runner,
  request: IncomingRequest,
): Promise<void> {
  if (request.kind === 'command') {
    request.reply(encodeReply(await runner.submit(request.payload)));
    return;
  }
  const query = decodeQuery(request.payload);
  if (query !== null) await reached(options.clock, runner, query.atLeast ?? 0);
  request.reply(encodeAnswer(await answer(options, runner.state, query)));
}

async function answer(
  { key, artifacts, log }: AuthorityOptions,
  { books, tree }: MachineState,
  query: Query | null,
): Promise<Answer> {
  if (query === null)
    return { status: 'refused', code: 'malformed_query', message: 'not a query known here' };
  const { size } = books.ledger;
  if (size < (query.atLeast ?? 0))
    return { status: 'refused', code: 'not_reached', message: `the ledger has ${size} entries` };
  const name = originOf(log.ledger);
  const checkpoint = signCheckpoint(key, name, { origin: name, size, root: tree.root() });
  const verifierKey = verifierKeyOf(name, key.actor);
  if (query.query === 'head') return { status: 'head', size, checkpoint, verifierKey };
  // Books outgrow any message; they travel as an artifact.
  const bytes = Buffer.from(canonicalJson(books as unknown as JsonValue));
  try {
    await artifacts.put(bytes);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { status: 'refused', code: error.code, message: error.message };
  }
  return { status: 'books', size, checkpoint, verifierKey, digest: digestOf(bytes) };
}

/** Until the authority's own state covers so many entries, for a bounded time. */
async function reached(clock: Clock, runner: Runner, size: number): Promise<void> {
  const untilMs = clock.nowMs() + REACH_WITHIN_MS;
  const never = new AbortController().signal;
  while (runner.state.books.ledger.size < size && clock.nowMs() < untilMs)
    await pause(clock, runner, REACH_WITHIN_MS / 10, never);
}

async function tickLoop(
  { clock, key }: AuthorityOptions,
  runner: Runner,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const due = nextDueMs(runner.state.books);
    const wait = due === null ? TICK_MAX_MS : Math.min(due - clock.nowMs(), TICK_MAX_MS);
    if (wait > 0) await pause(clock, runner, wait, signal);
    if (signal.aborted) return;
    const reply = await runner.tick();
    // The runner has told every caller why; an authority that cannot decide must not pretend to.
    if (reply.status === 'fault') throw new Fault(reply.code, reply.message, { retryable: true });
    // Only the ledger's authority may tick: another key must not go on as if it were.
    const { authority } = runner.state.books.ledger;
    if (reply.status === 'refused' && authority !== null && authority !== key.actor)
      throw notTheAuthority(key.actor, authority);
    // Due, but not recorded (too many commands wait, say). The pause is real time: without it this
    // loop would never let go of the thread, and nothing in flight could end.
    const stillDue = (nextDueMs(runner.state.books) ?? Infinity) <= clock.nowMs();
    if (stillDue && (reply.status === 'refused' || reply.count === 0))
      await clock.sleep(TICK_RETRY_MS, signal).catch(() => undefined);
  }
}

const notTheAuthority = (key: string, authority: string): Fault =>
  new Fault('permission_denied', `The ledger is sequenced by ${authority}, this key is ${key}.`, {
    retryable: false,
  });

/** Until the time is up or a commit may have changed what is due next. */
async function pause(clock: Clock, runner: Runner, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop);
  const forget = runner.onceCommitted(stop);
  await clock.sleep(ms, over.signal).catch(() => undefined);
  signal.removeEventListener('abort', stop);
  forget();
}

/** Steps on their way into the queues, in order; put again until they are there. */
class Outbox {
  readonly #options: AuthorityOptions;
  readonly #signal: AbortSignal;
  readonly #steps: AddressedStep[] = [];
  #wake: () => void = () => {};

  constructor(options: AuthorityOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  add(steps: readonly AddressedStep[]): void {
    this.#steps.push(...steps);
    this.#wake();
  }

  async run(): Promise<void> {
    const { channel, clock } = this.#options;
    while (!this.#signal.aborted) {
      const next = this.#steps[0];
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        await channel.publishStep(next.addressee, next.id, encodeStep(next));
        this.#steps.shift();
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable) throw error;
        await clock.sleep(STEP_RETRY_MS, this.#signal).catch(() => undefined);
      }
    }
  }
}
