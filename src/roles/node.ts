/**
 * What worker and validator have in common: a key, a fold of their own, a session kept alive, and a
 * queue of steps worked off one at a time. A step is acknowledged when it is done or void; a step
 * that failed for a passing reason goes back and comes again.
 */
import type { ActorId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Channel, StepDelivery, TraceHeaders } from '../commands/ports/channel.ts';
import type { Clock } from '../commands/ports/clock.ts';
import type { Entropy } from '../commands/ports/entropy.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import { identityOf } from '../projections/identities.ts';
import { claimCapability } from './claim-capability.ts';
import { CommandClient } from './command-client.ts';
import type { ComputeLane, LaneInfo } from './compute-lane.ts';
import { ComputeError } from './compute-lane.ts';
import { DatasetCache } from './dataset-cache.ts';
import type { Registration } from './enrolment.ts';
import { bringStake, enrol } from './enrolment.ts';
import { WayOut } from './way-out.ts';
import type { Fold, Observer } from './follower.ts';
import { Follower } from './follower.ts';
import { NodeSession } from './node-session.ts';
import type { PageFetcher } from './page-source.ts';
import type { Tools } from './recompute.ts';
import type { SnapshotKeeper } from './snapshots/keeper.ts';
import { snapshotOf } from './snapshots/keeper.ts';
import type { Say } from './telemetry/log-events.ts';
import type { Step } from './steps.ts';
import { decodeStep } from './steps.ts';
import { within } from './time-limit.ts';

export type StepOutcome = 'done' | 'given_up' | 'retried' | 'interrupted';

/** What is told to whoever watches a node work; nothing comes back from there. */
export interface NodeWatch {
  /** Before the first commit is folded. */
  opened(follower: Follower): void;
  joined(session: number): void;
  /** Whatever is done for a step runs through here; `trace` says what it belongs to. */
  within?<T>(step: Step, trace: TraceHeaders | undefined, work: () => Promise<T>): Promise<T>;
  /** Work on a step begins; what is returned is called with how it ended. */
  began(step: Step): (outcome: StepOutcome) => void;
}

export interface NodeOptions {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly key: SigningKey;
  readonly lane: ComputeLane;
  readonly software: string;
  /** How it registers itself where the ledger has a registry; absent: the operator admits it. */
  readonly registration?: Registration;
  /** Who is asked for single pages of data sets; null: the stream comes whole from the store. */
  readonly pages?: PageFetcher | null;
  /** Null: start from the log alone. */
  readonly snapshots?: SnapshotKeeper | null;
  /** For people: one line of what the node does now. */
  readonly say: Say;
  /** Aborts when the node is to finish what it holds, take nothing new, and end. */
  readonly drain?: AbortSignal;
  readonly watch?: NodeWatch;
  /** How its fold takes a commit; for many nodes in one process, which can share what is equal. */
  readonly fold?: Fold;
  /** Told of every commit that its fold takes. */
  readonly observe?: Observer;
}

/** What a role does with its steps. */
export interface Duties {
  /** Before the node joins. */
  prepare?(node: Node, signal: AbortSignal): Promise<void>;
  /** Beside its steps, until aborted. */
  beside?(node: Node, signal: AbortSignal): Promise<void>;
  perform(step: Step, node: Node, signal: AbortSignal): Promise<void>;
}

export interface Node extends Tools {
  readonly key: SigningKey;
  /** Who it is in the ledger: its key may have taken the place of an earlier one. */
  readonly self: ActorId;
  readonly clock: Clock;
  readonly client: CommandClient;
  readonly follower: Follower;
  readonly log: EventLog;
  readonly session: NodeSession;
  readonly info: LaneInfo;
  readonly say: Say;
  readonly watch: NodeWatch | null;
  /** Entries in the log right now, whatever the fold has reached. */
  readonly logSize: () => Promise<number>;
}

// A node that came back finds the step its last life left behind after this long at most.
const REDELIVER_AFTER_MS = 6000;
const RETRY_STEP_MS = 1000;
const ACK_ATTEMPTS = 5;
const RETRY_ACK_MS = 200;
const REACH_WITHIN_MS = 5000;
const LEAVE_WITHIN_MS = 2000;
/** Why keep-alives end: made once, for an abort without a reason makes an exception each time. */
const PERFORMED = new Error('performed');

/** Runs until aborted, and then says goodbye, or until it is drained. */
export async function runNode(
  options: NodeOptions,
  duties: Duties,
  signal: AbortSignal,
): Promise<void> {
  const { log, artifacts, channel, clock, entropy, key, lane, software, say, fold } = options;
  const { snapshots = null, registration } = options;
  const follower = new Follower(log, fold, await snapshots?.resume(log));
  follower.observe((_, { tree }) => snapshots?.offer(tree.size, snapshotOf(log.ledger, follower)));
  if (options.observe !== undefined) follower.observe(options.observe);
  options.watch?.opened(follower);
  const client = new CommandClient({
    channel,
    clock,
    key,
    log,
    knownSize: () => follower.books.ledger.size,
  });
  const { info } = lane;
  const logSize = async (): Promise<number> => (await log.head()).size;
  const session = new NodeSession({
    key: key.actor,
    client,
    follower,
    clock,
    info,
    software,
    life: Buffer.from(entropy.bytes(6)).toString('hex'),
    logSize,
    say,
  });
  const datasets = new DatasetCache(artifacts, options.pages ?? null);
  const node = {
    artifacts,
    lane,
    datasets,
    key,
    get self() {
      return identityOf(follower.books, key.actor);
    },
    clock,
    client,
    follower,
    log,
    session,
    info,
    say,
    watch: options.watch ?? null,
    logSize,
  };

  const failure = new AbortController();
  const wayOut = new WayOut({ follower, session, drain: options.drain });
  const running = AbortSignal.any([signal, failure.signal, wayOut.out]);
  const guard = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      if (!running.aborted) failure.abort(error);
    });
  const following = guard(follower.run(running));
  const serve = async (): Promise<void> => {
    const enrolling = { key: key.actor, software, client, follower, logSize, say };
    if (registration !== undefined) await enrol(registration, enrolling, running);
    await duties.prepare?.(node, running);
    if (running.aborted) return;
    await session.join(running);
    const { number } = session;
    say(`joined as session ${number} on ${info.description}`, 'node.joined', { session: number });
    options.watch?.joined(number);
    await Promise.all([
      guard(session.beatLoop(running)),
      guard(wayOut.await(running)),
      guard(workOff(node, duties, channel, running)),
      ...(registration === undefined
        ? []
        : [guard(bringStake(enrolling, running)), guard(claimOf(registration, node, running))]),
      guard(duties.beside?.(node, running) ?? Promise.resolve()),
    ]);
  };
  await Promise.all([following, guard(serve())]);
  if (wayOut.out.aborted) say('drained: holds nothing any more', 'node.drained');
  else if (signal.aborted)
    await within({ clock, ms: LEAVE_WITHIN_MS }, (limit) => session.leave('stopped', limit));
  await snapshots?.close(follower.state.tree.size, snapshotOf(log.ledger, follower));
  if (failure.signal.aborted) throw failure.signal.reason;
}

async function claimOf(
  { machine, build }: Registration,
  node: Node,
  signal: AbortSignal,
): Promise<void> {
  if (machine !== null) await claimCapability(machine, build, node, signal);
}

async function workOff(
  node: Node,
  duties: Duties,
  channel: Channel,
  signal: AbortSignal,
): Promise<void> {
  const options = { redeliverAfterMs: REDELIVER_AFTER_MS };
  for await (const delivery of channel.steps(node.key.actor, options, signal)) {
    const step = decodeStep(delivery.payload);
    if (step !== null) {
      const work = (): Promise<boolean> => performed(node, duties, step, delivery, signal);
      const { watch } = node;
      const isDone = await (watch?.within?.(step, delivery.trace, work) ?? work());
      if (!isDone) continue;
    }
    await acknowledged(node, delivery, signal);
  }
}

/**
 * Tells the channel that a step is done. Where that does not get through in time the step comes
 * again, and doing it again changes nothing: an unanswered channel is no reason to stop working.
 */
async function acknowledged(
  node: Node,
  delivery: StepDelivery,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= ACK_ATTEMPTS && !signal.aborted; attempt += 1) {
    try {
      return await delivery.ack();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const line = `step ${delivery.stepId}: ${error.code}: ${error.message}; not acknowledged`;
      node.say(line, 'step.not_acknowledged', { step: delivery.stepId, code: error.code });
      await node.clock.sleep(RETRY_ACK_MS, signal).catch(() => undefined);
    }
  }
}

/** Waits for the fold to reach a step's entry; false when the log itself has no such entry. */
async function reached(node: Node, step: Step, signal: AbortSignal): Promise<boolean> {
  let late = false;
  const limit = { clock: node.clock, ms: REACH_WITHIN_MS, signal };
  try {
    await within(limit, async (either) => {
      try {
        await node.follower.reach(step.sequence, either);
      } finally {
        late = either.aborted;
      }
    });
    return true;
  } catch (error) {
    if (signal.aborted || !late) throw error;
    if ((await node.logSize()) <= step.sequence) return false;
    throw new Fault('log_unavailable', `entry ${step.sequence} has not come`, { retryable: true });
  }
}

/** While a step is worked on it does not come again. */
async function keepAlive(delivery: StepDelivery, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(REDELIVER_AFTER_MS / 3, signal).catch(() => undefined);
    if (!signal.aborted) await delivery.working().catch(() => undefined);
  }
}

/** Not handed back by us, the step comes again when its time is over. */
function ignoreFault(error: unknown): void {
  if (!(error instanceof Fault)) throw error;
}

/** False when the step was given back. */
async function performed(
  node: Node,
  duties: Duties,
  step: Step,
  delivery: StepDelivery,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  void keepAlive(delivery, node.clock, over.signal);
  const ended = node.watch?.began(step);
  let outcome: StepOutcome = 'interrupted';
  const { kind, about, sequence } = step;
  try {
    // A step is put into the queue after its entry is in the log: one that points beyond is forged.
    if (await reached(node, step, signal)) await duties.perform(step, node, signal);
    outcome = 'done';
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    if (error instanceof ComputeError) {
      // The work itself cannot be done (a loss that is not finite, say). Doing it again changes
      // nothing; the ledger's own time limits decide what becomes of it.
      const line = `${kind} ${about}: ${error.code}: ${error.message}; given up`;
      node.say(line, 'step.given_up', { kind, about, sequence, code: error.code });
      outcome = 'given_up';
      return true;
    }
    if (!(error instanceof Fault)) throw error;
    const line = `${kind} ${about}: ${error.code}: ${error.message}; will try again`;
    node.say(line, 'step.retried', { kind, about, sequence, code: error.code });
    outcome = 'retried';
    await delivery.nak(RETRY_STEP_MS).catch(ignoreFault);
    return false;
  } finally {
    over.abort(PERFORMED);
    ended?.(outcome);
  }
}
