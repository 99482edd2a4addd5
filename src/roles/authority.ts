/**
 * The authority role. Of several on one ledger, one leads: it serves commands through the decider
 * runner, ticks when something is due, hands out steps, answers queries. The others stand by, their
 * machines following the log, and take over when the lead is free. None holds anything that the log
 * does not give back: whoever leads offers every outstanding step again.
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
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership } from '../commands/ports/leadership.ts';
import { encodeReply } from '../commands/reply.ts';
import type { RunnerOptions } from '../commands/runner-options.ts';
import { Runner } from '../commands/runner.ts';
import type { Snapshot } from '../projections/snapshot.ts';
import type { Reply } from '../commands/reply.ts';
import type { SnapshotKeeper } from './snapshots/keeper.ts';
import { snapshotOf } from './snapshots/keeper.ts';
import { decodeQuery, encodeAnswer } from './query.ts';
import type { Answer, Query } from './query.ts';
import type { AddressedStep } from './steps.ts';
import { encodeStep, outstandingSteps, stepsCausedBy } from './steps.ts';
import { LEFT, takeTurns } from './turns.ts';
import { REQUEST_SCHEMAS } from './schemas.ts';

/** What is told to whoever watches an authority work; nothing comes back from there. */
export interface AuthorityWatch {
  /** Before the first commit is folded: where its state is read from then on. */
  opened(state: () => MachineState): void;
  /** A command came in; what is returned is called with its answer. */
  received(command: Uint8Array): (reply: Reply) => void;
}

export interface AuthorityOptions extends RunnerOptions {
  readonly artifacts: Artifacts;
  readonly channel: Channel;
  readonly leadership: Leadership;
  /** How long the lead outlasts the last sign of who has it. */
  readonly leaseMs?: number;
  /** Who is seen to lead, whenever that is another one than before, and the entries known then. */
  readonly onLeader?: (holder: string, size: number) => void;
  /** Null: start from the log alone. */
  readonly snapshots?: SnapshotKeeper | null;
  readonly watch?: AuthorityWatch;
}

export const LEASE_MS = 3000;
/** Never sleep longer than this, so that a clock set back is noticed. */
const TICK_MAX_MS = 1000;
const STEP_RETRY_MS = 200;
const TICK_RETRY_MS = 50;
const READ_RETRY_MS = 200;
const REACH_WITHIN_MS = 5000;

export async function runAuthority(options: AuthorityOptions, signal: AbortSignal): Promise<void> {
  const { leadership, log, clock, leaseMs = LEASE_MS, onLeader, snapshots = null } = options;
  const from = (await snapshots?.resume(log)) ?? null;
  const runner = await Runner.open({ ...options, from });
  options.watch?.opened(() => runner.state);
  runner.stepDown();
  mustBeTheAuthority(options.key, runner);
  const keep = (): Snapshot => snapshotOf(log.ledger, runner)();
  runner.onCommit(() => snapshots?.offer(runner.state.tree.size, keep));
  await takeTurns(
    {
      leadership,
      clock,
      leaseMs,
      standBy: (standing) => runner.follow(standing),
      lead: (leading) => lead(options, runner, leading),
      onLeader: (holder) => onLeader?.(holder, runner.state.books.ledger.size),
    },
    signal,
  );
  await snapshots?.close(runner.state.tree.size, keep);
}

/** Until the signal aborts; what it has in hand then is recorded, or lost to another, when it ends. */
async function lead(options: AuthorityOptions, runner: Runner, signal: AbortSignal): Promise<void> {
  const outbox = new Outbox(options, signal);
  const forget = runner.onCommit((events, state) => {
    for (const event of events) outbox.add(stepsCausedBy(event, state.books));
  });
  const stepDown = (): void => runner.stepDown();
  signal.addEventListener('abort', stepDown);
  try {
    if (!(await reachedTheEnd(options, runner, signal))) return;
    mustBeTheAuthority(options.key, runner);
    outbox.add(outstandingSteps(runner.state.books));
    await Promise.all([
      serveUntilOver(options, runner, signal),
      tickLoop(options, runner, signal),
      outbox.run(),
    ]);
  } finally {
    signal.removeEventListener('abort', stepDown);
    runner.stepDown();
    forget();
    await runner.idle();
  }
}

/** Decides again from the end of the log on, as soon as it can be read; false when stopped first. */
async function reachedTheEnd(
  { clock }: AuthorityOptions,
  runner: Runner,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await runner.stepUp();
      return !signal.aborted;
    } catch (error) {
      if (!(error instanceof Fault) || !error.retryable) throw error;
      await clock.sleep(READ_RETRY_MS, signal).catch(() => undefined);
    }
  }
  return false;
}

/**
 * What is over is over, whether or not the channel can be told before the lease ends: who cannot be
 * reached stands by like anybody else, and requests that come here meanwhile are asked again.
 */
async function serveUntilOver(
  options: AuthorityOptions,
  runner: Runner,
  signal: AbortSignal,
): Promise<void> {
  const { channel, leaseMs = LEASE_MS } = options;
  const handler = (request: IncomingRequest): void => {
    void serveRequest(options, runner, request);
  };
  try {
    await channel.serve(handler, signal, {
      endWithinMs: Math.ceil(leaseMs * LEFT),
      metadata: REQUEST_SCHEMAS,
    });
  } catch (error) {
    if (!signal.aborted || !(error instanceof Fault) || !error.retryable) throw error;
  }
}

async function serveRequest(
  options: AuthorityOptions,
  runner: Runner,
  request: IncomingRequest,
): Promise<void> {
  if (request.kind === 'command') {
    const answered = options.watch?.received(request.payload);
    const reply = await runner.submit(request.payload);
    request.reply(encodeReply(reply));
    answered?.(reply);
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
    const due = runner.nextDueMs();
    const wait = due === null ? TICK_MAX_MS : Math.min(due - clock.nowMs(), TICK_MAX_MS);
    if (wait > 0) await pause(clock, runner, wait, signal);
    if (signal.aborted) return;
    const reply = await runner.tick();
    // Who leads no longer may fail at it.
    if (signal.aborted) return;
    // The runner has told every caller why; an authority that cannot decide must not pretend to.
    if (reply.status === 'fault') throw new Fault(reply.code, reply.message, { retryable: true });
    // Only the ledger's authority may tick: another key must not go on as if it were.
    if (reply.status === 'refused') mustBeTheAuthority(key, runner);
    // Due, but not recorded (too many commands wait, say). The pause is real time: without it this
    // loop would never let go of the thread, and nothing in flight could end.
    const stillDue = (runner.nextDueMs() ?? Infinity) <= clock.nowMs();
    if (stillDue && (reply.status === 'refused' || reply.count === 0))
      await clock.sleep(TICK_RETRY_MS, signal).catch(() => undefined);
  }
}

function mustBeTheAuthority(key: SigningKey, runner: Runner): void {
  const { authority } = runner.state.books.ledger;
  if (authority === null || authority === key.actor) return;
  const message = `The ledger is sequenced by ${authority}, this key is ${key.actor}.`;
  throw new Fault('permission_denied', message, { retryable: false });
}

/** Until the time is up or a commit may have changed what is due next. */
function pause(clock: Clock, runner: Runner, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      callOff();
      forget();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const callOff = clock.alarm(ms, wake);
    const forget = runner.onceCommitted(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
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
