/**
 * Plays a story to its end over ports and a time that are given, and brings home what can be judged:
 * the recording as anybody could export it, the bytes that were stored, the heads that two observers
 * were shown, the answers that parties got.
 */
import type { RequestKind } from '../commands/ports/channel.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Reply } from '../commands/reply.ts';
import type { Digest } from '../events/ids.ts';
import { verifyStatement } from '../events/statement.ts';
import type { Books } from '../projections/books.ts';
import { countingEscrow, leastStake } from '../projections/stakes.ts';
import { askAuthority } from '../roles/ask-authority.ts';
import type { Recording } from '../roles/export.ts';
import { exportRecording } from '../roles/export.ts';
import { Follower } from '../roles/follower.ts';
import { openReferenceLane } from '../roles/reference-lane.ts';
import { Chance } from '../simulation/chance.ts';
import { Host } from '../simulation/host.ts';
import { keysOf, Network } from '../simulation/network.ts';
import { RUN } from '../simulation/operator.ts';
import type { Ports } from '../simulation/ports.ts';
import type { Scenario } from '../simulation/scenario.ts';
import { sharedFold } from '../simulation/shared-fold.ts';
import type { Timeline } from '../simulation/timeline.ts';
import type { Compute } from '../simulation/toy-lane.ts';
import { ToyResults } from '../simulation/toy-lane.ts';
import { unleash } from '../simulation/troublemaker.ts';
import { Weather } from '../simulation/weather.ts';
import type { Story } from './story.ts';

export interface Played {
  readonly recording: Recording;
  readonly artifacts: ReadonlyMap<Digest, Uint8Array>;
  /** Signed heads, as two observers were shown them in turn. */
  readonly heads: readonly string[];
  readonly refusals: Readonly<Record<string, number>>;
  /** Keys by name. */
  readonly actors: ReadonlyMap<string, string>;
  /** From the start of the run to its end, or until no more was waited for, on the story's own time. */
  readonly tookMs: number;
}

export interface Place {
  readonly timeline: Timeline;
  /** Ports of a process over the place's adapter. */
  readonly portsFor: (
    host: Host,
    answered: (kind: RequestKind, payload: Uint8Array, answer: Uint8Array) => void,
  ) => Ports;
  /** Everything that was ever stored. */
  readonly artifacts: ReadonlyMap<Digest, Uint8Array>;
}

/** Nodes of stories compute so much faster than everyday ones, wherever they are played. */
const HASTE = 10;
/** Who looks at the ledger from outside. */
export const OBSERVER = 'observer';
/** Of a place's own time. In real time it is for a machine that has ten times as much to do. */
const LIMIT_MS = 300_000;
const LOOKS = 6;
const AGAIN_MS = 100;

export function scenarioOf(story: Story): Scenario {
  const authorities = story.parties.filter(({ role }) => role === 'authority');
  const conduct = authorities[0]?.conduct ?? 'honest';
  return {
    seed: story.seed,
    authorities: authorities.map(({ name }) => name),
    ...(conduct === 'honest' ? {} : { authorityConduct: conduct }),
    parties: story.parties.filter(({ role }) => role !== 'authority') as Scenario['parties'],
    flightsMax: 1,
    windows: story.windows,
    slots: story.slots,
    material: story.material,
    policy: story.policy,
    faults: story.trouble.flatMap(({ targets, ...fault }, at) =>
      targets.map((target) => ({ ...fault, target, id: `t${at} ${target}` })),
    ),
  };
}

/** The run, to its end or for as long as a story may last. @throws Error when somebody honest fails */
export async function perform(story: Story, place: Place): Promise<Played> {
  const scenario = scenarioOf(story);
  const { timeline } = place;
  const chance = new Chance(`story ${story.seed}`);
  const weather = new Weather(timeline, chance.of('weather'), { hopMs: [0, 0] });
  const keys = keysOf(scenario, chance, (key) => key);
  const refusals: Record<string, number> = {};
  const answered = (kind: RequestKind, _payload: Uint8Array, answer: Uint8Array): void => {
    if (kind !== 'command') return;
    const reply = JSON.parse(Buffer.from(answer).toString('utf8')) as Reply;
    if (reply.status === 'refused') refusals[reply.code] = (refusals[reply.code] ?? 0) + 1;
  };
  const over = new AbortController();
  const network = new Network(scenario, {
    timeline,
    weather,
    portsFor: (host) => place.portsFor(host, answered),
    chance,
    keys,
    verify: verifyStatement,
    fold: sharedFold(),
    compute: await computeOf(story),
    haste: HASTE,
    know: () => {},
    failed: (name, error) =>
      over.abort(new Error(`${name} ended, which it must not`, { cause: error })),
  });
  const late = new AbortController();
  timeline.after(LIMIT_MS, () =>
    late.abort(new Error(`not everybody is alive after ${LIMIT_MS / 1000} s`)),
  );
  const inTime = AbortSignal.any([over.signal, late.signal]);
  const observer = place.portsFor(new Host(OBSERVER, timeline, weather), () => {});
  try {
    const follower = new Follower(observer.log);
    const following = follower.run(over.signal).catch(() => undefined);
    await network.begin(() => follower.until(allAlive(scenario.parties.length), inTime));
    const startedMs = timeline.nowMs();
    const { operator, processes } = network;
    unleash(scenario.faults, { timeline, weather, operator, processes, damage: () => {} });
    await follower
      .until(({ runs }) => runs[RUN]?.state === 'completed', inTime)
      // A run that stands still has a story, too, and its ledger says why.
      .catch((error: unknown) => {
        if (over.signal.aborted || !late.signal.aborted) throw error;
      });
    const tookMs = timeline.nowMs() - startedMs;
    const heads = await headsSeen(observer);
    const recording = await patiently(timeline, () => exportRecording(observer));
    over.abort(new Error('over'));
    await following;
    const actors = new Map([...keys].map(([name, { actor }]) => [name, actor as string]));
    return { recording, artifacts: place.artifacts, heads, refusals, actors, tookMs };
  } finally {
    over.abort(new Error('over'));
    network.end();
  }
}

/** Real kernels where there is something to learn. */
async function computeOf({ material }: Story): Promise<Compute> {
  if (material === 'toy') return new ToyResults();
  const { info, run } = await openReferenceLane();
  return { info, of: run };
}

const allAlive =
  (parties: number) =>
  (books: Books): boolean =>
    Object.values(books.members).filter(
      ({ status, role, participant }) =>
        status === 'alive' && countingEscrow(books, participant) >= leastStake(books.policy, role),
    ).length === parties;

async function headsSeen({ log, channel }: Ports): Promise<string[]> {
  const heads: string[] = [];
  for (let i = 0; i < LOOKS; i += 1)
    heads.push((await askAuthority(log, channel, 'head')).checkpoint);
  return heads;
}

/** Whatever is wrong at the moment will be over. */
async function patiently<T>(timeline: Timeline, ask: () => Promise<T>, left = 20): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Fault) || left === 0) throw error;
    await timeline.sleep(AGAIN_MS);
    return patiently(timeline, ask, left - 1);
  }
}
