/** The books of scores: windows that are being scored, by run, and the bonds that scoring leaves. */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Bonds } from './bonds.ts';

export type ContributionScore = DataOfType<'daybook.scores.revealed.v1'>['scores'][number];
export type ScoringTerms = NonNullable<DataOfType<'daybook.policy.adopted.v3'>['scoring']>;

export interface Scorer {
  readonly validator: ActorId;
  /** Decimal string of micro-units. */
  readonly stake: string;
}

export interface Revealed {
  readonly validator: ActorId;
  readonly sequence: number;
  readonly scores: readonly ContributionScore[];
}

/** What a consensus gives, in Q32. */
export interface ScoreShares {
  readonly sequence: number;
  readonly incentives: readonly { readonly participant: ActorId; readonly share: number }[];
  readonly dividends: readonly { readonly validator: ActorId; readonly share: number }[];
}

export interface Scoring {
  readonly run: string;
  readonly window: number;
  readonly sequence: number;
  /** Of the policy that the window was planned under. */
  readonly terms: ScoringTerms;
  readonly seed: string;
  /** Assignments, by slot, and who did each. */
  readonly contributions: readonly string[];
  readonly participants: readonly ActorId[];
  readonly validators: readonly Scorer[];
  readonly commitUntilMs: number;
  commitments: {
    readonly validator: ActorId;
    readonly sequence: number;
    readonly commitment: string;
  }[];
  sealed: { readonly sequence: number; readonly revealUntilMs: number } | null;
  reveals: Revealed[];
  outcome: ScoreShares | 'failed' | null;
}

export interface RunScores {
  /** In the order of their windows; what is over leaves with the next request. */
  windows: Scoring[];
  bonds: Bonds;
}

/**
 * A score as a weight: what was gained; half of it, floor, where the pages assigned gained less than
 * random ones, which speaks against the assigned work having been done; nothing for a loss.
 */
export function weightOf({ gainBps, gapBps }: ContributionScore): bigint {
  if (gainBps <= 0) return 0n;
  return gapBps < 0 ? BigInt(gainBps) / 2n : BigInt(gainBps);
}

/** Shape: scores by contribution -> weights by participant, summed. */
export function weightsOf(
  { participants }: Pick<Scoring, 'participants'>,
  scores: readonly ContributionScore[],
): Map<string, bigint> {
  const weights = new Map<string, bigint>();
  scores.forEach((score, at) => {
    const participant = participants[at] as string;
    weights.set(participant, (weights.get(participant) ?? 0n) + weightOf(score));
  });
  return weights;
}
