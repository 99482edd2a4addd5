/** A node says what it can do, once in its life, where the ledger has a registry: it runs the benchmark first. */
import type { Clock } from '../commands/ports/clock.ts';
import type { ActorId, Digest } from '../events/ids.ts';
import type { CommandClient } from './command-client.ts';
import type { ComputeLane, LaneInfo } from './compute-lane.ts';
import { ComputeError } from './compute-lane.ts';
import type { Follower } from './follower.ts';
import type { NodeSession } from './node-session.ts';
import { runBenchmark, speedOf } from './benchmark.ts';

export interface Machine {
  readonly threads: number;
  readonly memoryBytes: number;
}

export interface Claiming {
  readonly self: ActorId;
  readonly client: CommandClient;
  readonly follower: Follower;
  readonly session: NodeSession;
  readonly lane: ComputeLane;
  readonly info: LaneInfo;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

export async function claimCapability(
  { threads, memoryBytes }: Machine,
  build: Digest,
  node: Claiming,
  signal: AbortSignal,
): Promise<void> {
  if (node.follower.books.policy?.registry === undefined) return;
  let benchmark;
  try {
    benchmark = await runBenchmark(node.lane, node.clock);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    return node.say(`benchmark: ${error.code}: ${error.message}; no claim`);
  }
  const tokensPerSecond = speedOf(benchmark);
  const { computeClass, description } = node.info;
  const session = node.session.number;
  const reply = await node.client.send(
    `capability-${node.self}-${session}`,
    {
      type: 'daybook.capability.claimed.v1',
      data: {
        participant: node.self,
        session,
        computeClass,
        backend: description,
        threads,
        memoryBytes,
        tokensPerSecond,
        benchmark,
        build,
      },
    },
    signal,
  );
  const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'claimed';
  node.say(`${tokensPerSecond} tokens/s ${outcome}`);
}
